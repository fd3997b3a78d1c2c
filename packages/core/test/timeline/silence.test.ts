import assert from 'node:assert/strict';
import { DEFAULT_SILENCE, frameLevels, LOWEST_DBFS, SilenceDetector } from '../../src/timeline/silence.js';

/** Levels given as [dBFS, seconds] stretches. */
function levels(...stretches: [number, number][]): Float32Array {
  return Float32Array.from(
    stretches.flatMap(([level, seconds]) => new Array(Math.round(seconds * 100)).fill(level)),
  );
}

function detect(input: Float32Array, blockFrames = input.length, options = DEFAULT_SILENCE): number[] {
  const detector = new SilenceDetector(options);
  const flags: number[] = [];
  for (let from = 0; from < input.length; from += blockFrames) {
    flags.push(...detector.push(input.subarray(from, from + blockFrames)));
    assert.ok(Math.min(input.length, from + blockFrames) - flags.length <= detector.delayFrames);
  }
  flags.push(...detector.finish());
  assert.equal(flags.length, input.length);
  return flags;
}

/** Runs of equal flags as [flag, frames]. */
function runs(flags: number[]): [number, number][] {
  const result: [number, number][] = [];
  for (const flag of flags) {
    const last = result.at(-1);
    if (last?.[0] === flag) last[1]++;
    else result.push([flag, 1]);
  }
  return result;
}

describe('silence', () => {
  it('measures levels in dBFS about the mean', () => {
    const square = Float32Array.from({ length: 480 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    assert.deepEqual([...frameLevels(square)], [0, 0, 0]);
    assert.deepEqual([...frameLevels(new Float32Array(161).fill(0.5))], [LOWEST_DBFS, LOWEST_DBFS]);
    const sine = Float32Array.from({ length: 160 }, (_, i) => 0.1 * Math.sin((2 * Math.PI * i) / 16));
    assert.ok(Math.abs((frameLevels(sine)[0] ?? 0) + 23.01) < 0.01);
  });

  it('finds long quiet stretches and keeps short pauses', () => {
    assert.deepEqual(runs(detect(levels([-20, 2], [-80, 1], [-20, 2]))), [
      [0, 200],
      [1, 100],
      [0, 200],
    ]);
    assert.deepEqual(runs(detect(levels([-20, 2], [-80, 0.3], [-20, 2]))), [[0, 430]]);
    assert.deepEqual(runs(detect(levels([-80, 1], [-20, 1], [-80, 0.2]))), [
      [1, 100],
      [0, 100],
      [1, 20],
    ]);
  });

  it('is not woken by a click', () => {
    assert.deepEqual(runs(detect(levels([-20, 1], [-90, 1], [-20, 0.05], [-90, 1]))), [
      [0, 100],
      [1, 205],
    ]);
  });

  it('does not flutter at the threshold', () => {
    const wavering = Float32Array.from({ length: 600 }, (_, i) => (i < 200 ? -20 : i % 2 === 0 ? -61 : -58));
    assert.deepEqual(runs(detect(wavering, 600, { ...DEFAULT_SILENCE, belowLevelDb: 100 })), [[0, 600]]);
    const quiet = Float32Array.from({ length: 600 }, (_, i) => (i < 300 ? -70 : i % 2 === 0 ? -61 : -58));
    assert.deepEqual(runs(detect(quiet, 600, { ...DEFAULT_SILENCE, belowLevelDb: 100 })), [[1, 600]]);
  });

  it('judges relative to the running level, never above the ceiling', () => {
    // 48 dB below a loud programme is silent there, and sound in a recording that is quiet throughout.
    assert.deepEqual(runs(detect(levels([-5, 5], [-53, 1], [-5, 1]))), [
      [0, 500],
      [1, 100],
      [0, 100],
    ]);
    assert.deepEqual(runs(detect(levels([-53, 5]))), [[0, 500]]);
    assert.deepEqual(
      runs(detect(levels([0, 5], [-44, 1], [0, 1]), 700, { ...DEFAULT_SILENCE, belowLevelDb: 20 })),
      [[0, 700]],
    );
  });

  it('returns the same whatever the block size', () => {
    let seed = 1;
    const random = Float32Array.from({ length: 3000 }, () => {
      seed = (seed * 16807) % 2147483647;
      return -90 + 80 * Math.round((seed / 2147483647) * (seed % 3 === 0 ? 1 : 0.3));
    });
    const whole = detect(random);
    for (const block of [1, 7, 100]) assert.deepEqual(detect(random, block), whole);
  });
});
