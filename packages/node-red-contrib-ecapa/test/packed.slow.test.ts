import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertSize } from '../../../test/package-sizes.js';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { untilGone } from './processes.js';

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');
const speech = readFileSync(join(SAMPLES, 'speech-announcement.mp3'));

/** POST audio, get the verdict; errors come back with status 500. */
const FLOW = [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model', workers: '1' },
  { id: 'in', z: 'tab', x: 1, y: 1, type: 'http in', url: '/classify', method: 'post', wires: [['it']] },
  { id: 'it', z: 'tab', x: 1, y: 1, type: 'ecapa-classify', model: 'config', wires: [['out']] },
  { id: 'out', z: 'tab', x: 1, y: 1, type: 'http response', wires: [] },
  { id: 'catch', z: 'tab', x: 1, y: 1, type: 'catch', scope: ['it'], wires: [['failed']] },
  {
    id: 'failed',
    z: 'tab',
    x: 1,
    y: 1,
    type: 'function',
    func: 'msg.statusCode = 500; msg.payload = msg.error.message; return msg;',
    wires: [['out']],
  },
];

async function classify(host: NodeRedProcess, bytes: Buffer): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.url}/classify`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  return { status: response.status, text: await response.text() };
}

describe('the packed package in a fresh user directory', () => {
  let userDir: string;
  before(() => {
    userDir = userDirectoryWith(packedTarball());
  });
  after(() => removeDirectory(userDir));

  it('is as large as docs/package-sizes.md has it', function () {
    if (packedTarball() === '') this.skip(); // linked instead of packed, while one works on it
    assertSize('node-red-contrib-ecapa', packedTarball());
  });

  for (const host of HOSTS) {
    describe(host.name, () => {
      let red: NodeRedProcess;
      before(async () => {
        red = await NodeRedProcess.start(host, userDir);
        await red.deploy(FLOW);
      });
      after(() => red.stop());

      it('answers with a verdict, and an error with its reason', async () => {
        const { status, text } = await classify(red, speech);
        assert.equal(status, 200, text);
        assert.equal((JSON.parse(text) as { label: string }).label, 'speech');
        const broken = await classify(red, Buffer.from('this is no audio'));
        assert.equal(broken.status, 500);
        assert.match(broken.text, /audio/);
      });

      it('answers all messages of a burst when its worker is killed in the midst of it', async () => {
        const before = red.workers();
        assert.equal(before.length, 1);
        const burst = Array.from({ length: 12 }, () => classify(red, speech));
        await pause(150);
        process.kill(before[0] ?? 0, 'SIGKILL');
        const answers = await Promise.all(burst);
        assert.deepEqual(
          answers.map(({ status }) => status),
          Array(12).fill(200),
        );
        assert.notDeepEqual(red.workers(), before);
      });

      it('keeps its model through redeploys, and ends the worker with the last node', async () => {
        await classify(red, speech);
        const before = red.workers();
        for (let i = 0; i < 5; i++) {
          const changed = FLOW.map((node) => (node.id === 'it' ? { ...node, threshold: `0.${i}` } : node));
          await red.deploy(changed, i % 2 === 0 ? 'nodes' : 'full');
          assert.equal((await classify(red, speech)).status, 200);
        }
        assert.deepEqual(red.workers(), before);
        await red.deploy([{ id: 'tab', type: 'tab' }]);
        for (let i = 0; i < 50 && red.workers().length > 0; i++) await pause(100);
        assert.deepEqual(red.workers(), []);
        await red.deploy(FLOW);
      });

      it('offers models and heads to the editor, and its help and texts in three languages', async () => {
        const catalogue = (await (await fetch(`${red.url}/ecapa/catalogue`)).json()) as {
          models: { id: string }[];
          heads: { id: string }[];
        };
        assert.ok(catalogue.models.length >= 1 && catalogue.heads.length >= 1);
        const ids = catalogue.heads.map(({ id }) => id);
        assert.deepEqual(ids, [...new Set(ids)], 'each is listed once');
        const tried = (await (await fetch(`${red.url}/ecapa/try`, { method: 'POST' })).json()) as {
          results: { sample: string; label: string }[];
        };
        for (const { sample, label } of tried.results) assert.equal(label, sample);
        const undeployed = await fetch(`${red.url}/ecapa/try?model=dragged`, { method: 'POST' });
        assert.equal(undeployed.status, 404);
        for (const language of ['en-US', 'de', 'ja']) {
          const headers = { 'Accept-Language': language, Accept: 'text/html' };
          const html = await (await fetch(`${red.url}/nodes`, { headers })).text();
          for (const type of ['model', 'classify', 'stream', 'train', 'listen']) {
            assert.ok(html.includes(`data-help-name="ecapa-${type}"`), `${language}: help of ecapa-${type}`);
          }
        }
      });

      it('leaves no process and no complaint behind', async () => {
        await classify(red, speech);
        const workers = red.workers();
        assert.ok(workers.length > 0);
        await red.stop();
        // Ending is the workers' own doing, as soon as their host has gone.
        await Promise.all(workers.map(untilGone));
        assert.doesNotMatch(red.log, /unhandled|uncaught|deprecat/i);
      });
    });
  }
});
