import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProgram, startServer, type TestServer } from '../../queue/test/redis.js';
import { type Broker, MqttClient, startBroker } from './mqtt.js';
import {
  type Host,
  linkDashboard,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { samplesOf, wavHeader } from './sound.js';

const EXAMPLES = join(__dirname, '..', 'examples');
/** Its copy is a second machine: the same flow with a client of its own. */
const SHARED = 'Several rooms and machines over MQTT';

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly name?: string;
  readonly template?: string;
  readonly complete?: string;
  readonly wires?: readonly (readonly string[])[];
}

/** The examples by their names. */
export const EXAMPLE_FLOWS: ReadonlyMap<string, readonly FlowNode[]> = new Map(
  readdirSync(EXAMPLES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      file.replace(/\.json$/, ''),
      JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as FlowNode[],
    ]),
);

/** Waits, as long as the test may take, until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(50);
}

/** A Node-RED that runs all examples, with a broker, a queue, and a recording in the place of microphones and cameras. */
export class ExampleHost {
  readonly events: string;
  readonly clips: string;
  #red: NodeRedProcess;

  private constructor(
    readonly host: Host,
    readonly folder: string,
    readonly broker: Broker,
    readonly mqtt: MqttClient,
    readonly queue: TestServer | undefined,
    readonly userDir: string,
    red: NodeRedProcess,
  ) {
    this.#red = red;
    this.events = join(folder, 'events');
    this.clips = join(folder, 'clips');
  }

  static async start(host: Host): Promise<ExampleHost> {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-examples-'));
    const broker = await startBroker();
    const queue = serverProgram() === undefined ? undefined : await startServer();
    const userDir = userDirectoryWith(packedTarball());
    linkDashboard(userDir);
    const red = await NodeRedProcess.start(host, userDir);
    const mqtt = await MqttClient.connect(broker.port);
    const own = new ExampleHost(host, folder, broker, mqtt, queue, userDir, red);
    await own.#fillFolder();
    await red.deploy(own.flow());
    return own;
  }

  get red(): NodeRedProcess {
    return this.#red;
  }

  get url(): string {
    return this.#red.url;
  }

  /** Music, then a voice; and clips to train from. */
  async #fillFolder(): Promise<void> {
    mkdirSync(this.events);
    const sounds = { music: 'music-band.mp3', speech: 'speech-announcement.mp3' };
    const evening: Buffer[] = [];
    for (const [label, name] of Object.entries(sounds)) {
      const pcm = await samplesOf(name, 5);
      evening.push(Buffer.from(pcm.buffer));
      mkdirSync(join(this.clips, label), { recursive: true });
      for (const second of [0, 2]) {
        const clip = Buffer.from(pcm.slice(16_000 * second, 16_000 * (second + 2)).buffer);
        const wav = Buffer.concat([wavHeader(clip.length / 2), clip]);
        writeFileSync(join(this.clips, label, `${second}.wav`), wav);
      }
    }
    const pcm = Buffer.concat(evening);
    writeFileSync(join(this.folder, 'evening.wav'), Buffer.concat([wavHeader(pcm.length / 2), pcm]));
  }

  /** All examples at once. */
  flow(): object[] {
    const all = [...EXAMPLE_FLOWS.values()].flat().map((node) => this.#adapted(node));
    const second = (EXAMPLE_FLOWS.get(SHARED) ?? []).map((node) => asSecondMachine(this.#adapted(node)));
    const wanted = [...all, ...(this.broker.isVersion5 ? second : [])];
    return [
      ...(this.queue === undefined ? wanted.filter(({ id }) => !isOf('ecapaqueue', id)) : wanted),
      ...SEEN,
    ];
  }

  #adapted(node: FlowNode): FlowNode {
    const { folder, broker, queue } = this;
    const env = [
      { name: 'FOLDER', value: this.events, type: 'str' },
      { name: 'MEGABYTES', value: '0.25', type: 'num' },
    ];
    const changes: Readonly<Record<string, object>> = {
      'ecapa-listen': { source: 'file', file: join(folder, 'evening.wav') },
      'mqtt-broker': { port: `${broker.port}`, ...(!broker.isVersion5 && { protocolVersion: '4' }) },
      'ecapa-queue': { url: queue?.url, folder: join(folder, 'clips') },
      debug: { type: 'function', func: remember(node.complete ?? 'payload'), outputs: 0, wires: [] },
    };
    const settings: Readonly<Record<string, object>> = {
      ecapacamtab: { env },
      ecapaqueuefile: { payload: join(this.clips, 'speech', '0.wav') },
      ecapatraifolder: { props: [{ p: 'folder', v: this.clips, vt: 'str' }] },
      ecapatraiclip: { payload: join(this.clips, 'music', '0.wav') },
    };
    return { ...node, ...changes[node.type], ...settings[node.id] };
  }

  async click(id: string): Promise<void> {
    assert.equal((await fetch(`${this.url}/inject/${id}`, { method: 'POST' })).status, 200, id);
  }

  /** What has come to a debug node so far. */
  async seen(id: string): Promise<unknown[]> {
    const all = (await (await fetch(`${this.url}/seen`)).json()) as { id: string; value: unknown }[];
    return all.filter((one) => one.id === id).map(({ value }) => value);
  }

  /** What comes to a debug node first. */
  async firstSeen<Value>(id: string): Promise<Value> {
    for (;;) {
      const [first] = await this.seen(id);
      if (first !== undefined) return first as Value;
      await pause(100);
    }
  }

  /** As a power cut would; starts again at the same address. */
  async restart(whileOff: () => Promise<void> = async () => undefined): Promise<void> {
    const { port } = new URL(this.url);
    await this.#red.kill();
    await whileOff();
    this.#red = await NodeRedProcess.start(this.host, this.userDir, {}, Number(port));
  }

  async stop(): Promise<void> {
    await this.mqtt.close();
    await this.#red.stop();
    await this.broker.stop();
    await this.queue?.stop();
    for (const directory of [this.userDir, this.folder]) removeDirectory(directory);
  }
}

const isOf = (prefix: string, id: string): boolean => id.startsWith(prefix);

/** In the place of a debug node: keeps what it would show, of audio the number of bytes alone. */
const remember = (property: string): string => `
const value = RED.util.getMessageProperty(msg, ${JSON.stringify(property)});
const seen = global.get("seen") || [];
seen.push({ id: node.id, value: Buffer.isBuffer(value) ? value.length : value });
global.set("seen", seen);`;

const SEEN: readonly object[] = [
  { id: 'seentab', type: 'tab' },
  {
    id: 'seenin',
    z: 'seentab',
    x: 1,
    y: 1,
    type: 'http in',
    url: '/seen',
    method: 'get',
    wires: [['seenread']],
  },
  {
    id: 'seenread',
    z: 'seentab',
    x: 1,
    y: 1,
    type: 'function',
    func: 'msg.payload = global.get("seen") || []; return msg;',
    outputs: 1,
    wires: [['seenout']],
  },
  { id: 'seenout', z: 'seentab', x: 1, y: 1, type: 'http response', wires: [] },
];

/** Under ids of its own; its verdicts say that they are its. */
function asSecondMachine(node: FlowNode): FlowNode {
  const text = JSON.stringify(node).replaceAll('"ecapashare', '"secondshare');
  return JSON.parse(text.replace('payload: { room,', 'payload: { machine: 2, room,')) as FlowNode;
}
