import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { decodeBlocks } from '../../src/audio/decode.js';
import { WavWriter } from '../../src/audio/wav-writer.js';
import { resultOf } from '../../src/engine/job-map.js';
import { runJob } from '../../src/engine/run-job.js';
import type { Clip } from '../../src/heads/clip.js';
import { loadHead } from '../../src/heads/file/head-file.js';
import type { ProgressEvent } from '../../src/types.js';

const SPEECH = fileURLToPath(
  new URL('../../../../test/fixtures/samples/speech-announcement.mp3', import.meta.url),
);
const recording = { path: SPEECH, name: 'announcement' };

/** Clips of classes that lie some way apart, enough of them to keep a processor busy for seconds. */
function clips(perClass: number): Clip[] {
  return ['a', 'b', 'c'].flatMap((label, k) =>
    Array.from({ length: perClass }, (_, i) => ({
      path: `${label}-${i}`,
      label,
      sha256: `${label}-${i}`,
      durationSeconds: 1,
      embedding: Float32Array.from(
        { length: 192 },
        (_, j) => Math.sin(k * 50 + i * 7.3 + j * j * 0.1) + k * 0.2,
      ),
    })),
  );
}

/** Of the processes that this one has started and that still run, where the system lists them. */
function childPids(): number[] {
  const list = `/proc/self/task/${process.pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

describe('jobs in a process of their own', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-job-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('train a head and write it, without blocking the event loop of the host', async () => {
    const output = join(folder, 'head.json');
    const run = runJob(
      'train',
      { clips: clips(20), options: { id: 'letters', modelId: 'm' }, output },
      { name: output },
    );
    const first = run.next();
    await new Promise((resolve) => setTimeout(resolve, 100)); // the clips are sent
    const before = performance.eventLoopUtilization();
    const { value } = await first;
    const { utilization } = performance.eventLoopUtilization(before);
    assert.ok(value !== undefined && 'report' in value);
    assert.deepEqual(value.head, { id: 'letters', modelId: 'm', labels: ['a', 'b', 'c'] });
    assert.equal(value.report.scores?.accuracy.total, 60);
    assert.equal((await loadHead(output)).id, 'letters');
    assert.ok(
      utilization < 0.2,
      `the event loop was busy for ${(100 * utilization).toFixed()} % of the time`,
    );
  });

  it('pass typed errors on', async () => {
    const output = join(folder, 'head.json');
    const input = { clips: clips(5).slice(0, 5), options: { id: 'x', modelId: 'm' }, output };
    await assert.rejects(resultOf(runJob('train', input, { name: 'x' })), { code: 'TOO_FEW_CLASSES' });
    const missing = { file: join(folder, 'none.joblib'), output, options: {} };
    await assert.rejects(resultOf(runJob('importSklearn', missing, { name: 'x' })), {
      code: 'FILE_NOT_FOUND',
    });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('end when they are cancelled, and when their reader leaves', async () => {
    const abort = new AbortController();
    const input = {
      clips: clips(400),
      options: { id: 'x', modelId: 'm' },
      output: join(folder, 'head.json'),
    };
    const run = resultOf(runJob('train', input, { name: 'x', signal: abort.signal }));
    setTimeout(() => abort.abort(), 500);
    await assert.rejects(run, { code: 'CANCELLED' });
    await assert.rejects(resultOf(runJob('train', input, { name: 'x', signal: abort.signal })), {
      code: 'CANCELLED',
    });
    for await (const _ of runJob('peaks', { ...recording, directory: folder }, { name: 'x' })) break;
    assert.ok(!existsSync(input.output));
  });

  it('write the peaks of a recording', async () => {
    const events: ProgressEvent[] = [];
    const run = runJob('peaks', { ...recording, directory: folder }, { name: 'x' });
    const { durationSeconds, partial } = await resultOf(run, (event) => events.push(event));
    assert.ok(Math.abs(durationSeconds - 6.6) < 0.1 && !partial);
    assert.ok(Math.abs((events.at(-1)?.progress.doneSeconds ?? 0) - durationSeconds) < 0.001);
    // A pair of bytes for each 2.5 ms, 40 ms and 640 ms.
    for (const [level, seconds] of [0.0025, 0.04, 0.64].entries())
      assert.equal(
        statSync(join(folder, `${level}.peaks`)).size,
        2 * Math.ceil(durationSeconds / seconds - 1e-6),
      );
  });

  it('write a recording in parts that a browser can play', async () => {
    const run = runJob('playback', { ...recording, directory: folder }, { name: 'x' });
    const { durationSeconds } = await resultOf(run);
    assert.deepEqual(readdirSync(folder), ['0.wav']);
    const { info, close } = await decodeBlocks(join(folder, '0.wav'));
    await close();
    assert.ok(Math.abs((info.declaredDurationSeconds ?? 0) - durationSeconds) < 0.01);
  });

  it('write the beginning of a recording alone, and report that it goes on', async () => {
    const path = join(folder, 'tone.wav');
    const wav = await WavWriter.create(path, { sampleRate: 8000, channels: 1, format: 'pcm16' });
    await wav.write(undefined, 0, 65 * 8000);
    await wav.finish();
    for (const [untilSeconds, parts] of [
      [31, ['0.wav', '1.wav']],
      [100, ['0.wav', '1.wav', '2.wav', '3.wav']],
    ] as const) {
      const directory = mkdtempSync(join(folder, 'parts'));
      const input = { path, name: 'x', directory, untilSeconds };
      const { isComplete, durationSeconds } = await resultOf(runJob('playback', input, { name: 'x' }));
      assert.deepEqual(readdirSync(directory).sort(), parts);
      assert.deepEqual(
        [isComplete, durationSeconds >= Math.min(65, untilSeconds)],
        [untilSeconds > 65, true],
      );
    }
  });

  it('report each part to play as soon as it is whole, at the priority of the host', async function () {
    const path = join(folder, 'tone.wav');
    const wav = await WavWriter.create(path, { sampleRate: 16_000, channels: 1, format: 'pcm16' });
    await wav.write(undefined, 0, 65 * 16_000);
    await wav.finish();
    const done: number[] = [];
    const before = childPids();
    const priorities = new Set<number>();
    for await (const { progress } of runJob(
      'playback',
      { path, name: 'x', directory: folder },
      { name: 'x' },
    )) {
      done.push(progress.doneSeconds);
      for (const pid of childPids()) if (!before.includes(pid)) priorities.add(getPriority(pid));
    }
    for (const whole of [11, 31, 61])
      assert.ok(
        done.some((seconds) => seconds >= whole && seconds < whole + 2),
        `${whole} s in ${done.join(' ')}`,
      );
    if (priorities.size === 0) this.skip(); // this system does not list them
    assert.deepEqual([...priorities], [getPriority()]);
  });

  it('cut spans that lie over one another, in their order, and none beyond the end', async () => {
    const spans = [
      { startSeconds: 2, endSeconds: 4 },
      { startSeconds: 0.5, endSeconds: 3 },
      { startSeconds: 5, endSeconds: 100 },
      { startSeconds: 50, endSeconds: 51 },
    ];
    const paths = await resultOf(runJob('cutSpans', { ...recording, spans, folder }, { name: 'x' }));
    assert.equal(paths[3], undefined);
    const lengths: number[] = [];
    for (const path of paths.slice(0, 3)) {
      const { info, close } = await decodeBlocks(path ?? '');
      await close();
      lengths.push(info.declaredDurationSeconds ?? 0);
    }
    assert.deepEqual(
      lengths.slice(0, 2).map((seconds) => seconds.toFixed(3)),
      ['2.000', '2.500'],
    );
    assert.ok(Math.abs((lengths[2] ?? 0) - 1.6) < 0.1);
    assert.equal(readdirSync(folder).length, 3);
  });

  it('cut a label, all files or none', async () => {
    const segment = (label: string, startSeconds: number, endSeconds: number) => ({
      label,
      startSeconds,
      endSeconds,
      probability: 1,
      probabilities: {},
      presence: {},
    });
    const segments = [segment('speech', 0, 2), segment('noise', 2, 4), segment('speech', 4, 6.6)];
    const input = {
      ...recording,
      mode: 'cut',
      label: 'speech',
      segments,
      output: folder,
      baseName: 'a',
    } as const;
    const files = await resultOf(runJob('cut', input, { name: 'x' }));
    assert.deepEqual(
      files.map(({ path }) => path),
      readdirSync(folder).map((name) => join(folder, name)),
    );
    assert.equal(files.length, 2);
    const nowhere = { ...input, output: join(folder, 'none') };
    await assert.rejects(resultOf(runJob('cut', nowhere, { name: 'x' })), { code: 'WRITE_FAILED' });
  });
});
