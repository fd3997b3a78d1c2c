import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { launchBrowser, pictureForReadme } from './browser.js';
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
const EXAMPLES = join(PACKAGE, 'examples');
const SAMPLES = join(PACKAGE, 'samples');

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly template?: string;
}

const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));
const flows = new Map(
  names.map((name) => [name, JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as FlowNode[]]),
);
const all = [...flows.values()].flat();

/** A broker in this process, and what was published on it. */
async function startBroker() {
  const broker = await Aedes.createBroker();
  const published: { readonly topic: string; readonly text: string }[] = [];
  broker.on('publish', ({ topic, payload }) => {
    if (!topic.startsWith('$')) published.push({ topic, text: payload.toString() });
  });
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publish = (topic: string, payload: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false } as const;
      broker.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  const close = async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, published, publish, close };
}

/** Waits, as long as the test may take, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(50);
}

describe('examples', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let userDir: string;
  let red: NodeRedProcess;
  before(async () => {
    broker = await startBroker();
    userDir = userDirectoryWith(packedTarball());
    const [host] = HOSTS;
    red = await NodeRedProcess.start(host ?? assert.fail('no Node-RED'), userDir);
    await red.deploy(
      all.map((node) => (node.type === 'mqtt-broker' ? { ...node, port: `${broker.port}` } : node)),
    );
  });
  after(async () => {
    await red?.stop();
    await broker?.close();
    if (userDir !== undefined) removeDirectory(userDir);
  });

  const click = async (id: string): Promise<void> => {
    assert.equal((await fetch(`${red.url}/inject/${id}`, { method: 'POST' })).status, 200);
  };

  it('can all be deployed together, with no node missing and no complaint', async () => {
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'ids are not used twice');
    await until(() => red.log.includes('Connected to broker'));
    await click('ecapaclasspeech');
    assert.doesNotMatch(red.log, /missing types|\[error\]|\[warn\] \[/);
  });

  it('serve the pages of pages/', () => {
    for (const page of readdirSync(join(PACKAGE, 'pages'))) {
      const html = readFileSync(join(PACKAGE, 'pages', page), 'utf8');
      assert.ok(
        all.some(({ template }) => template === html),
        `${page} is not what an example serves: pnpm pages`,
      );
    }
  });

  it('classify uploads: a verdict for a recording, a reason for what is none', async () => {
    assert.match(await (await fetch(`${red.url}/ecapa-page`)).text(), /Speech, music or noise/);
    const upload = (body: Uint8Array<ArrayBuffer>) =>
      fetch(`${red.url}/ecapa-upload`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body,
      });
    const said = await upload(new Uint8Array(readFileSync(join(SAMPLES, 'music-band.mp3'))));
    assert.equal(((await said.json()) as { label: string }).label, 'music');
    const refused = await upload(new Uint8Array(Buffer.from('no audio at all')));
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /audio/);
  });

  it('raise one alert over MQTT for a room in which somebody speaks, and none for music', async () => {
    const clip = (name: string) => readFileSync(join(SAMPLES, name));
    await broker.publish('ecapa/clip/hall', clip('music-band.mp3'));
    for (let i = 0; i < 3; i++) await broker.publish('ecapa/clip/kitchen', clip('speech-announcement.mp3'));
    await broker.publish('ecapa/clip/attic', clip('speech-announcement.mp3'));
    const alerts = () => broker.published.filter(({ topic }) => topic.startsWith('ecapa/alert/'));
    await until(() => alerts().length >= 2);
    // What was sent before an upload has been judged before its answer comes: the workers take turns.
    await click('ecapamqtttry');
    await pause(2000);
    assert.deepEqual(
      alerts()
        .map(({ topic }) => topic)
        .sort(),
      ['ecapa/alert/attic', 'ecapa/alert/kitchen'],
    );
    const { room, event, probability } = JSON.parse(alerts()[0]?.text ?? '{}') as Record<string, unknown>;
    assert.ok(room === 'kitchen' || room === 'attic');
    assert.equal(event, 'speech');
    assert.ok(Number(probability) >= 0.8);
  });

  it('follow live sound: PCM on one socket, what is heard on the other', async () => {
    const requireOfRed = createRequire(createRequire(require.resolve('node-red')).resolve('@node-red/nodes'));
    const WebSocket = requireOfRed('ws') as new (
      url: string,
    ) => {
      on(event: string, listener: (data: unknown) => void): void;
      send(data: Buffer): void;
      close(): void;
    };
    const open = (path: string) => {
      const socket = new WebSocket(`${red.url.replace('http', 'ws')}${path}`);
      return new Promise<typeof socket>((resolve) => socket.on('open', () => resolve(socket)));
    };
    const events = await open('/ecapa-live/events');
    const heard: { topic: string; payload: { type: string; label: string } }[] = [];
    events.on('message', (data) => heard.push(JSON.parse(String(data))));
    const audio = await open('/ecapa-live/audio');
    const chunk = Buffer.alloc(4 + 2 * 4000);
    chunk.writeUInt32LE(16_000, 0);
    // Digital silence is valid UTF-8 on its way, and must arrive as sound all the same.
    for (let i = 0; i < 16; i++) audio.send(chunk);
    await until(() => heard.some(({ payload }) => payload.type === 'change' && payload.label === 'silence'));
    assert.match(heard[0]?.topic ?? '', /^browser /);
    audio.close();
    events.close();
  });

  it('show live sound in a browser', async function () {
    const browser = await launchBrowser();
    if (browser === undefined) return this.skip();
    try {
      const parts = ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus'];
      const sounds = await Promise.all(parts.map((name) => samplesOf(name, 7)));
      const pcm = Buffer.concat(sounds.map(({ buffer }) => Buffer.from(buffer)));
      const page = await browser.newPage({ viewport: { width: 1000, height: 440 } });
      page.setDefaultTimeout(0);
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${red.url}/ecapa-live`);
      await page.locator('#link.on').waitFor();
      await page.setInputFiles('#file', {
        name: 'evening.wav',
        mimeType: 'audio/wav',
        buffer: Buffer.concat([wavHeader(pcm.length / 2), pcm]),
      });
      await page.locator('.now strong', { hasText: 'noise' }).waitFor();
      const [speech, music, noise] = ['speech', 'music', 'noise'].map(
        (label) => `[aria-label*="${label} for"]`,
      );
      await page.locator(`.lane${speech}${music}${noise}`).waitFor();
      await pause(1500); // blocks glide to their places
      await pictureForReadme(page, 'live');
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });
});
