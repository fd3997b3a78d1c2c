import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { Classifier } from '../../src/engine/classifier.js';
import type { ClassifyResult } from '../../src/engine/results.js';
import { isEcapaError } from '../../src/errors.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath } from '../reference.js';

const RUNTIMES = ['native', 'wasm'] as const;
/** By how much a probability may differ: float32 arithmetic in another order, through the network and the head. */
const TOLERANCE = 1e-4;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return isEcapaError(error) ? error.code : `untyped: ${String(error)}`;
  }
}

function assertAlike(
  actual: Readonly<Record<string, number>> | undefined,
  expected: Readonly<Record<string, number>> | undefined,
): void {
  assert.deepEqual(Object.keys(actual ?? {}), Object.keys(expected ?? {}));
  for (const [label, value] of Object.entries(expected ?? {})) {
    assert.ok(
      Math.abs((actual?.[label] ?? Number.NaN) - value) <= TOLERANCE,
      `${label}: ${actual?.[label]}, ${value}`,
    );
  }
}

describe('a classifier over both runtimes', function () {
  this.timeout(240_000);
  const temporary = useTemporaryDirectory();
  const classifiers: Classifier[] = [];
  const samples: string[] = [];

  before(async () => {
    for (const runtime of RUNTIMES) classifiers.push(await Classifier.open({ workers: 1, runtime }));
    for (const name of await readdir(fixturePath('samples'))) samples.push(fixturePath('samples', name));
  });
  after(async () => {
    for (const classifier of classifiers) await classifier.close();
  });

  /** What each of the two gives, native first. */
  async function both<Value>(get: (classifier: Classifier) => Promise<Value>): Promise<[Value, Value]> {
    const [native, wasm] = classifiers;
    assert.ok(native && wasm);
    return [await get(native), await get(wasm)];
  }

  it('names the runtime that computes', async () => {
    const names = await both(async ({ model }) => model.runtime.name);
    assert.deepEqual(names, [...RUNTIMES]);
  });

  it('returns the same verdicts and presence for every sample', async () => {
    assert.ok(samples.length >= 6);
    for (const path of samples) {
      const [native, wasm] = await both<ClassifyResult>((classifier) => classifier.classify(path));
      assert.equal(wasm.label, native.label, path);
      assert.deepEqual(wasm.present, native.present, path);
      assertAlike(wasm.probabilities, native.probabilities);
      assertAlike(wasm.presence, native.presence);
    }
  });

  it('returns the same timeline', async () => {
    const path = fixturePath('samples', 'speech-radio-talk.flac');
    const [native, wasm] = await both(async (classifier) => {
      const segments: TimelineSegment[] = [];
      for await (const event of classifier.timeline(path))
        if (event.type === 'segment') segments.push(event.segment);
      return segments;
    });
    assert.ok(native.length > 0);
    assert.equal(wasm.length, native.length);
    for (const [index, segment] of native.entries()) {
      const other = wasm[index];
      assert.equal(other?.label, segment.label);
      assert.ok(Math.abs((other?.startSeconds ?? Number.NaN) - segment.startSeconds) < 0.02);
    }
  });

  it('reports the same errors', async () => {
    const text = temporary('notes.wav');
    await writeFile(text, 'not audio at all, only text that goes on for a while');
    const inputs: [string, Parameters<Classifier['classify']>[0]][] = [
      ['no such file', temporary('absent.wav')],
      ['text', text],
      ['too short', { samples: new Float32Array(100), sampleRate: 16_000 }],
      ['silence', { samples: new Float32Array(16_000), sampleRate: 16_000 }],
      ['not finite', { samples: new Float32Array(16_000).fill(Number.NaN), sampleRate: 16_000 }],
    ];
    for (const [what, input] of inputs) {
      const [native, wasm] = await both((classifier) => codeOf(classifier.classify(input)));
      assert.equal(wasm, native, what);
      assert.doesNotMatch(native, /untyped/, what);
    }
  });

  it('cancels alike, before and under way, and works on', async () => {
    const noise = Float32Array.from({ length: 600 * 16_000 }, (_, i) => Math.sin(i * i * 1e-5) / 2);
    const codes = await both(async (classifier) => {
      const controller = new AbortController();
      const options = { signal: controller.signal, onProgress: () => controller.abort() };
      return [
        await codeOf(classifier.classify(samples[0] ?? '', { signal: AbortSignal.abort() })),
        await codeOf(classifier.classify({ samples: noise, sampleRate: 16_000 }, options)),
        await codeOf(classifier.classify(samples[0] ?? '')),
      ];
    });
    assert.deepEqual(codes, [
      ['CANCELLED', 'CANCELLED', 'no error'],
      ['CANCELLED', 'CANCELLED', 'no error'],
    ]);
  });
});
