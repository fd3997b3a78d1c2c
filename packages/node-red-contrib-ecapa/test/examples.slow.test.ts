import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { CLASS_COLOURS, OTHER_CLASS_COLOURS } from '@ecapa/core/page';
import { Aedes } from 'aedes';
import { serverProgram, startServer, type TestServer } from '../../queue/test/redis.js';
import { launchBrowser, pictureForReadme } from './browser.js';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { RATE_HZ, samplesOf, wavHeader } from './sound.js';

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

/** The flows with the queue's address, or without the flow that needs one. */
function withQueue(nodes: readonly FlowNode[], url: string | undefined): readonly FlowNode[] {
  if (url === undefined) return nodes.filter(({ id }) => !id.startsWith('ecapaqueue'));
  return nodes.map((node) => (node.type === 'ecapa-queue' ? { ...node, url } : node));
}

/** A voice, which music joins and outlasts, and then rain. */
async function evening(): Promise<Buffer> {
  const [speech, music, rain] = await Promise.all([
    samplesOf('speech-announcement.mp3', 12),
    samplesOf('music-band.mp3', 12),
    samplesOf('noise-rain.opus', 7),
  ]);
  const mixed = Int16Array.from({ length: 18 * RATE_HZ }, (_, i) =>
    Math.round(((speech[i] ?? 0) + (music[i - 6 * RATE_HZ] ?? 0)) / 2),
  );
  return Buffer.concat([mixed, rain].map(({ buffer }) => Buffer.from(buffer)));
}

/** Waits, as long as the test may take, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(50);
}

describe('examples', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let queue: TestServer | undefined;
  let userDir: string;
  let red: NodeRedProcess;
  before(async () => {
    broker = await startBroker();
    queue = serverProgram() === undefined ? undefined : await startServer();
    userDir = userDirectoryWith(packedTarball());
    const [host] = HOSTS;
    red = await NodeRedProcess.start(host ?? assert.fail('no Node-RED'), userDir);
    await red.deploy(
      withQueue(all, queue?.url).map((node) =>
        node.type === 'mqtt-broker' ? { ...node, port: `${broker.port}`, protocolVersion: '4' } : node,
      ),
    );
  });
  after(async () => {
    await red?.stop();
    await broker?.close();
    await queue?.stop();
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

  it('need no program of the system but a recorder: no exec nodes, no modules of functions', () => {
    for (const node of all) {
      assert.notEqual(node.type, 'exec', node.id);
      assert.deepEqual((node as { libs?: unknown[] }).libs ?? [], [], node.id);
    }
  });

  it('serve the pages of pages/, with the colours that all front ends have', () => {
    const served = all.flatMap(({ template }) => template ?? []);
    for (const page of readdirSync(join(PACKAGE, 'pages'))) {
      const [before = '', after = ''] = readFileSync(join(PACKAGE, 'pages', page), 'utf8').split(
        '/*palette*/',
      );
      const html = served.find((one) => one.startsWith(before) && one.endsWith(after));
      assert.ok(html, `${page} is not what an example serves: pnpm pages`);
      if (after === '') continue;
      for (const { light, dark } of [...Object.values(CLASS_COLOURS), ...OTHER_CLASS_COLOURS]) {
        assert.ok(html.includes(light) && html.includes(dark));
      }
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

  it('show live sound in a browser', async function () {
    const browser = await launchBrowser();
    if (browser === undefined) return this.skip();
    try {
      const pcm = await evening();
      const page = await browser.newPage({ viewport: { width: 1000, height: 480 } });
      page.setDefaultTimeout(0);
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (one) => {
        if (one.type() === 'error') complaints.push(one.text());
      });
      await page.goto(`${red.url}/ecapa-live`);
      await page.locator('#link.on').waitFor();
      await page.setInputFiles('#file', {
        name: 'evening.wav',
        mimeType: 'audio/wav',
        buffer: Buffer.concat([wavHeader(pcm.length / 2), pcm]),
      });
      await page.locator('.now span', { hasText: 'also heard' }).waitFor();
      await page.locator('.now strong', { hasText: 'noise' }).waitFor();
      await page.locator('.lane[aria-label^="speech: 0:00 to 0:1"]').waitFor();
      await pause(1500); // blocks glide to their places
      // A voice that music joins has a block in its lane, and the music one in its own.
      const block = (label: string) => page.locator(`.lane[data-label=${label}] .stretch`).first();
      await pictureForReadme(page, 'live');
      assert.deepEqual(
        await page.locator('.row span').allTextContents(),
        ['speech', 'music', 'noise'],
        'a lane for each class',
      );
      const [speech, music] = await Promise.all([
        block('speech').boundingBox(),
        block('music').boundingBox(),
      ]);
      assert.ok(
        speech && music && speech.x < music.x && music.x + 20 < speech.x + speech.width,
        'they overlap',
      );
      await page.reload();
      await block('speech').waitFor();
      await block('noise').waitFor();
      await page.locator('.source.over').first().waitFor();
      await page.locator('.source').first().waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });

  it('follow live sound of the page alone, and keep what is heard for a page that is opened later', async () => {
    const post = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${red.url}/ecapa-live/audio?${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream', ...headers },
        body: new Uint8Array(8000),
      });
    const ask = async (after: number, boot = '') => {
      const response = await fetch(`${red.url}/ecapa-live/events?after=${after}&boot=${boot}`);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      return (await response.json()) as {
        boot: string;
        last: number;
        events: { topic: string; payload: { type: string; label?: string; reason?: string } }[];
      };
    };
    const before = await ask(0);
    const types = async () => (await ask(before.last, before.boot)).events.map(({ payload }) => payload.type);
    for (let i = 0; i < 16; i++) assert.equal((await post('id=0011aaff&rate=16000')).status, 204);
    while (!(await types()).includes('change')) await pause(50);
    assert.equal((await post('id=0011aaff&rate=16000&end=1')).status, 204);
    while (!(await types()).includes('end')) await pause(50);
    const { boot, last, events } = await ask(0);
    assert.ok(events.some(({ topic }) => topic === 'browser 0011'));
    assert.deepEqual((await ask(last, boot)).events, []);
    assert.equal((await ask(last, 'another')).events.length, events.length);
    for (const headers of [
      { Origin: 'https://example.org' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Content-Type': 'text/plain' },
    ]) {
      assert.equal(
        (await post('id=0011aaff&rate=16000', headers as unknown as Record<string, string>)).status,
        403,
      );
    }
    assert.equal((await post('id=..%2f..%2f&rate=16000')).status, 403);
  });
});
