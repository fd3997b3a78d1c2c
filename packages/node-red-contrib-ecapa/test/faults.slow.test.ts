import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flow, type Received } from './flow.js';
import { childProcesses, untilGone } from './processes.js';

const PACKAGE = join(__dirname, '..');
const speech = readFileSync(join(PACKAGE, 'samples', 'speech-announcement.mp3'));
const RATE_HZ = 16_000;

const codeOf = (message: Received | undefined) =>
  (message?.error as { readonly code?: string } | undefined)?.code;

const flowOf = (type: string, config: object): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model', workers: '1', ...config },
  { id: 'it', z: 'tab', type, model: 'config', wires: [['out']] },
  { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
  ...['out', 'errors'].map((id) => ({ id, z: 'tab', type: 'helper' })),
];

describe('faults', () => {
  let flow: Flow;
  let folder: string;
  beforeEach(() => {
    flow = new Flow();
    folder = mkdtempSync(join(tmpdir(), 'ecapa-faults-'));
  });
  afterEach(async () => {
    await flow.stop();
    rmSync(folder, { recursive: true });
  });

  it('says once to a stream with wrong settings what is wrong, not to each of its pieces', async () => {
    const nodes = flowOf('ecapa-stream', {}).filter((node) => (node as { id: string }).id !== 'config');
    await flow.start([
      ...nodes,
      { id: 'complete', z: 'tab', type: 'complete', scope: ['it'], wires: [['completed']] },
      { id: 'completed', z: 'tab', type: 'helper' },
    ]);
    for (let piece = 0; piece < 5; piece++) flow.send('it', { payload: speech });
    await flow.wait('completed', 4);
    assert.equal(flow.received.errors?.length, 1);
  });

  for (const type of ['ecapa-classify', 'ecapa-train']) {
    it(`answers each message with what is wrong where the settings of ${type} are`, async () => {
      const nodes = flowOf(type, {}).filter((node) => (node as { id: string }).id !== 'config');
      await flow.start(nodes);
      for (const payload of [speech, speech]) flow.send('it', { payload });
      const errors = await flow.wait('errors', 2);
      for (const { error } of errors) assert.match((error as Error).message, /ecapa model node.*missing/);
    });
  }

  it('goes on with a model whose files are taken away, says so when it needs them, and recovers', async () => {
    const model = join(folder, 'model');
    const onnx = join(model, 'model.onnx');
    cpSync(join(PACKAGE, 'models', 'ecapa-compact'), model, { recursive: true });
    const before = childProcesses();
    await flow.start(flowOf('ecapa-classify', { model }));
    flow.send('it', { payload: speech });
    await flow.wait('out');
    const killWorker = async (): Promise<void> => {
      const [worker] = childProcesses().filter((pid) => !before.includes(pid));
      assert.ok(worker);
      process.kill(worker, 'SIGKILL');
      await untilGone(worker);
    };

    renameSync(onnx, `${onnx}.away`);
    flow.send('it', { payload: speech });
    await flow.wait('out', 2);
    await killWorker();
    flow.send('it', { payload: speech });
    assert.equal(codeOf((await flow.wait('errors'))[0]), 'MODEL_NOT_FOUND');

    writeFileSync(onnx, 'something else');
    flow.send('it', { payload: speech });
    assert.match(codeOf((await flow.wait('errors', 2))[1]) ?? '', /CHECKSUM_MISMATCH|MODEL_INVALID/);

    renameSync(`${onnx}.away`, onnx);
    flow.send('it', { payload: speech });
    await flow.wait('out', 3);
  });

  it('keeps what it had when the disk is full on training, and trains when there is room again', async () => {
    await flow.start(flowOf('ecapa-train', {}));
    for (let seed = 0; seed < 3; seed++) {
      flow.send('it', { payload: tone(100 + 20 * seed), sampleRate: RATE_HZ, label: 'low' });
      flow.send('it', { payload: tone(1500 + 200 * seed), sampleRate: RATE_HZ, label: 'high' });
    }
    await flow.wait('out', 6);
    const kept = readdirSync(join(flow.userDir, 'ecapa'));
    const free = fillDisk();
    try {
      flow.send('it', { train: true });
      flow.send('it', { payload: tone(130), sampleRate: RATE_HZ, label: 'low' });
      const errors = await flow.wait('errors', 2);
      assert.deepEqual(errors.map(codeOf), ['DISK_FULL', 'DISK_FULL']);
      assert.deepEqual(readdirSync(join(flow.userDir, 'ecapa')), kept, 'no half of a file');
    } finally {
      free();
    }
    flow.send('it', { train: true });
    const [trained] = (await flow.wait('out', 7)).slice(-1);
    const { event, report } = (trained ?? assert.fail()).payload as {
      event: string;
      report: { classes: { clips: number }[] };
    };
    assert.equal(event, 'trained');
    assert.deepEqual(
      report.classes.map(({ clips }) => clips),
      [3, 3],
      'the clip that could not be kept was not counted',
    );
  });

  it('answers a storm of damaged recordings one by one, and knows a sound one after it', async () => {
    const earlier = childProcesses();
    const workers = () => childProcesses().filter((pid) => !earlier.includes(pid));
    // A limit that no other test has, so that the engine is its own.
    await flow.start(flowOf('ecapa-classify', { queueLimit: '999' }));
    flow.send('it', { payload: speech });
    await flow.wait('out');
    const before = workers();
    assert.equal(before.length, 1);
    const files = ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus'].map((name) =>
      readFileSync(join(PACKAGE, 'samples', name)),
    );
    const storm = 60;
    let state = 1;
    const random = (limit: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % limit;
    };
    for (let i = 0; i < storm; i++) {
      const bytes = Buffer.from(files[i % files.length] ?? speech);
      for (let k = 0; k < 40; k++) bytes[random(bytes.length)] = random(256);
      flow.send('it', { payload: bytes.subarray(0, 1 + random(bytes.length)) });
    }
    flow.send('it', { payload: speech, last: true });
    await flow.until(({ out = [], errors = [] }) => out.length + errors.length === storm + 2);
    const last = flow.received.out?.find((message) => message.last);
    assert.equal((last?.payload as { label: string } | undefined)?.label, 'speech');
    assert.ok(flow.received.errors?.every((message) => codeOf(message) !== undefined));
    assert.deepEqual(workers(), before, 'no worker died of it');
  });
});

function tone(hertz: number): Float32Array {
  return Float32Array.from(
    { length: 2 * RATE_HZ },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / RATE_HZ),
  );
}

/** Fills the disk for this process and for those that it starts from now on; returns what undoes it. */
function fillDisk(): () => void {
  const program = require.resolve('./full-disk.cjs');
  const { NODE_OPTIONS = '' } = process.env;
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --require ${program}`;
  const empty = require(program) as () => void;
  return () => {
    empty();
    delete require.cache[program];
    process.env.NODE_OPTIONS = NODE_OPTIONS;
  };
}
