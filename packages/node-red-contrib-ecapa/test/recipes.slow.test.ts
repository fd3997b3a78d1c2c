import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { samplesOf, wavHeader } from './sound.js';

const PACKAGE = join(__dirname, '..');
const SAMPLES = join(PACKAGE, 'samples');

interface FlowNode {
  readonly id: string;
  readonly type: string;
}

const example = (name: string): FlowNode[] =>
  JSON.parse(readFileSync(join(PACKAGE, 'examples', `${name}.json`), 'utf8')) as FlowNode[];

/** A mosquitto with nothing kept from before. */
class Mosquitto {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(readonly port: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'ecapa-broker-'));
    const config = join(this.#folder, 'mosquitto.conf');
    writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    this.#child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
  }

  /** Undefined where none is installed. */
  static async start(): Promise<Mosquitto | undefined> {
    if (spawnSync('mosquitto', ['-h']).error !== undefined) return undefined;
    const broker = new Mosquitto(await freePort());
    await pause(500);
    return broker;
  }

  stop(): void {
    this.#child.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A flow that listens to everything on the broker, and gives it over HTTP. */
const witness = (brokerId: string): object[] => [
  { id: 'witness', type: 'tab' },
  {
    id: 'witnessin',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'mqtt in',
    topic: '#',
    qos: '1',
    datatype: 'utf8',
    broker: brokerId,
    inputs: 0,
    rap: true,
    rh: 0,
    wires: [['witnesskeep']],
  },
  {
    id: 'witnesskeep',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'function',
    func: 'const all = global.get("witness") || []; all.push({ topic: msg.topic, text: String(msg.payload), retain: msg.retain }); global.set("witness", all);',
    outputs: 1,
    wires: [[]],
  },
  {
    id: 'witnessget',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'http in',
    url: '/witness',
    method: 'get',
    wires: [['witnessread']],
  },
  {
    id: 'witnessread',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'function',
    func: 'msg.payload = global.get("witness") || []; return msg;',
    outputs: 1,
    wires: [['witnessanswer']],
  },
  { id: 'witnessanswer', z: 'witness', x: 1, y: 1, type: 'http response', wires: [] },
];

for (const host of HOSTS.slice(0, 2)) {
  describe(`recipes: ${host.name}`, () => {
    let userDir: string;
    let folder: string;
    let red: NodeRedProcess;
    let broker: Mosquitto | undefined;
    before(async () => {
      userDir = userDirectoryWith(packedTarball());
      folder = mkdtempSync(join(tmpdir(), 'ecapa-recipes-'));
      const parts = [await samplesOf('music-band.mp3', 5), await samplesOf('speech-announcement.mp3', 5)];
      const pcm = Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer)));
      writeFileSync(join(folder, 'evening.wav'), Buffer.concat([wavHeader(pcm.length / 2), pcm]));
      red = await NodeRedProcess.start(host, userDir);
      broker = await Mosquitto.start();
    });
    after(async () => {
      await red?.stop();
      broker?.stop();
      for (const directory of [userDir, folder]) if (directory !== undefined) removeDirectory(directory);
    });

    /** The example with a recording in the place of its microphone or camera. */
    const withRecording = (name: string, more: Readonly<Record<string, object>> = {}): object[] =>
      example(name).map((node) => ({
        ...node,
        ...(node.type === 'ecapa-listen' && { source: 'file', file: join(folder, 'evening.wav') }),
        ...(node.type === 'mqtt-broker' && { port: String(broker?.port) }),
        ...more[node.id],
      }));
    const click = async (id: string): Promise<void> => {
      assert.equal((await fetch(`${red.url}/inject/${id}`, { method: 'POST' })).status, 200);
    };
    const published = async () =>
      (await (await fetch(`${red.url}/witness`)).json()) as {
        topic: string;
        text: string;
        retain: boolean;
      }[];
    const texts = async (topic: string) =>
      (await published()).filter((one) => one.topic === topic).map(({ text }) => text);

    it('Home Assistant: sensors that announce themselves, go on and off, and are unavailable with Node-RED', async function () {
      if (broker === undefined) {
        console.log('      skipped: no mosquitto is installed');
        return this.skip();
      }
      await red.deploy([...withRecording('Home Assistant sensors over MQTT'), ...witness('ecapahassbroker')]);
      while ((await published()).filter(({ topic }) => topic.endsWith('/config')).length < 3)
        await pause(100);
      const config = (await texts('homeassistant/binary_sensor/ecapa_kitchen_speech/config'))[0] ?? '{}';
      const { state_topic, unique_id, availability_topic, device_class } = JSON.parse(config);
      assert.deepEqual(
        [state_topic, unique_id, availability_topic, device_class],
        ['ecapa/kitchen/speech/state', 'ecapa_kitchen_speech', 'ecapa/status', 'sound'],
      );
      await click('ecapahassstart');
      while (!/^OFF(,ON,OFF)+$/.test((await texts('ecapa/kitchen/speech/state')).join())) await pause(100);
      assert.match((await texts('ecapa/kitchen/music/state')).join(), /^OFF(,ON,OFF)+$/);
      // What a subscriber that comes later is told: the state of each, and that they are there.
      const late = () => {
        const run = spawnSync(
          process.execPath,
          ['-e', SUBSCRIBE, String(broker?.port), require.resolve('mqtt', { paths: [host.red] })],
          { encoding: 'utf8', timeout: 20_000 },
        );
        return JSON.parse(run.stdout || '{}') as Record<string, string>;
      };
      assert.equal(late()['ecapa/status'], 'online');
      assert.equal(late()['ecapa/kitchen/speech/state'], 'OFF');
      await red.kill();
      while (late()['ecapa/status'] !== 'offline') await pause(200);
      red = await NodeRedProcess.start(host, userDir);
    });

    it('several machines share recordings by a shared subscription, and take no path', async function () {
      if (broker === undefined) return this.skip();
      await red.deploy([
        ...withRecording('Several rooms and machines over MQTT'),
        ...witness('ecapasharebroker'),
        ...PUBLISHER('ecapasharebroker'),
      ]);
      await pause(500);
      const publish = (topic: string, body: Uint8Array<ArrayBuffer>) =>
        fetch(`${red.url}/publish/${encodeURIComponent(topic)}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/octet-stream' },
          body,
        });
      await publish('ecapa/recording/hall', new Uint8Array(readFileSync(join(SAMPLES, 'music-band.mp3'))));
      await publish('ecapa/recording/attic', new Uint8Array(Buffer.from('/etc/passwd')));
      while ((await texts('ecapa/verdict/hall')).length === 0) await pause(100);
      assert.equal(JSON.parse((await texts('ecapa/verdict/hall'))[0] ?? '{}').label, 'music');
      assert.deepEqual(await texts('ecapa/verdict/attic'), []);
    });

    it('the sound of events becomes files, the oldest of which go when there is too much', async () => {
      const out = join(folder, 'events');
      mkdirSync(out);
      const env = [
        { name: 'FOLDER', value: out, type: 'str' },
        { name: 'MEGABYTES', value: '0.25', type: 'num' },
      ];
      await red.deploy(withRecording('Camera events to files', { ecapacamtab: { env } }));
      await click('ecapacamstart');
      const wanted = (count: number, label: string) => {
        const files = readdirSync(out).filter((name) => name.endsWith('.wav'));
        return files.length === count && files.every((name) => name.endsWith(`${label}.wav`));
      };
      while (!wanted(1, 'speech')) await pause(100); // music came first, and went
      const [name = ''] = readdirSync(out);
      assert.match(name, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+Z-speech\.wav$/);
      const file = readFileSync(join(out, name));
      assert.equal(file.toString('latin1', 0, 4), 'RIFF');
      assert.ok(file.length > 3 * 32_000);
    });

    it('a day is summed up by room and class', async () => {
      const nodes = withRecording('Daily statistics');
      const answer = [
        {
          id: 'dayin',
          z: 'ecapadailytab',
          x: 1,
          y: 1,
          type: 'http in',
          url: '/days',
          method: 'get',
          wires: [['ecapadailyreport']],
        },
        { id: 'dayout', z: 'ecapadailytab', x: 1, y: 1, type: 'http response', wires: [] },
      ];
      const wired = nodes.map((node) =>
        (node as FlowNode).id === 'ecapadailyreport'
          ? { ...node, wires: [['ecapadailysaid', 'dayout']] }
          : node,
      );
      await red.deploy([...wired, ...answer]);
      await click('ecapadailystart');
      const days = async () =>
        (await (await fetch(`${red.url}/days`)).json()) as {
          room: string;
          label: string;
          events: number;
          seconds: number;
          day: string;
        }[];
      while ((await days()).length < 2) await pause(200);
      const [music, speech] = await days();
      assert.deepEqual([music?.label, speech?.label, music?.room], ['music', 'speech', 'living room']);
      assert.match(music?.day ?? '', /^\d{4}-\d\d-\d\d$/);
      assert.ok((music?.seconds ?? 0) > 3 && (music?.seconds ?? 0) < 7);
    });
  });
}

/** Prints what is retained on a broker: for a process of its own. */
const SUBSCRIBE = `
const mqtt = require(process.argv[2]);
const client = mqtt.connect('mqtt://127.0.0.1:' + process.argv[1]);
const kept = {};
client.on('connect', () => client.subscribe('#'));
client.on('message', (topic, payload, packet) => { if (packet.retain) kept[topic] = payload.toString(); });
setTimeout(() => { console.log(JSON.stringify(kept)); process.exit(0); }, 700);`;

/** Publishes what is posted. */
const PUBLISHER = (broker: string): object[] => [
  {
    id: 'pubin',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'http in',
    url: '/publish/:topic',
    method: 'post',
    wires: [['pubset']],
  },
  {
    id: 'pubset',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'function',
    func: 'msg.topic = msg.req.params.topic; return [msg, { req: msg.req, res: msg.res, payload: "" }];',
    outputs: 2,
    wires: [['pubout'], ['pubanswer']],
  },
  {
    id: 'pubout',
    z: 'witness',
    x: 1,
    y: 1,
    type: 'mqtt out',
    topic: '',
    qos: '1',
    retain: 'false',
    broker,
    wires: [],
  },
  { id: 'pubanswer', z: 'witness', x: 1, y: 1, type: 'http response', wires: [] },
];
