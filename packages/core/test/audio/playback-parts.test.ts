import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartsWriter } from '../../src/audio/parts-writer.js';
import {
  OVERLAP_SECONDS,
  partAt,
  partCount,
  partSeconds,
  partStart,
  partsWithin,
} from '../../src/audio/playback-parts.js';

const RATE = 1000;

describe('a recording in parts', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-parts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Samples as 16-bit integers that encode their position. */
  const samples = (count: number, offset: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => (((i + offset) % 65_536) - 32_768) / 32_768);
  const read = (part: number): Int16Array => {
    const bytes = readFileSync(join(folder, `${part}.wav`));
    const data = bytes.indexOf('data') + 8;
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset + data, bytes.byteOffset + bytes.length));
  };

  it('holds every sample at its place, whatever the blocks, and each part reaches into the next', async () => {
    for (const [seconds, block] of [
      [9.9, 1000],
      [10.5, 512],
      [60, 60_000],
      [60.5, 777],
      [61, 61_000],
      [150, 4096],
      [180.001, 200_000],
    ] as const) {
      const frames = Math.round(seconds * RATE);
      const left = samples(frames, 0);
      const right = samples(frames, 17);
      const writer = new PartsWriter(folder, RATE);
      for (let at = 0; at < frames; at += block) {
        const channels = [left.subarray(at, at + block), right.subarray(at, at + block)];
        await writer.push({ channels, sampleRate: RATE });
        const done = Math.min(frames, at + block) / RATE;
        assert.deepEqual(
          readdirSync(folder).filter((name) => !name.startsWith('.')).length,
          Math.min(partsWithin(done), partCount(seconds)),
          `parts after ${done} s`,
        );
      }
      await writer.finish();
      assert.equal(writer.durationSeconds, seconds);
      const count = partCount(seconds);
      assert.deepEqual(
        readdirSync(folder).sort(),
        Array.from({ length: count }, (_, part) => `${part}.wav`),
      );
      for (let part = 0; part < count; part++) {
        const from = partStart(part) * RATE;
        const to = Math.min(frames, from + (partSeconds(part) + OVERLAP_SECONDS) * RATE);
        const held = read(part);
        assert.equal(held.length, 2 * (to - from), `${seconds} s, part ${part}`);
        for (let i = 0; i < to - from; i++) {
          if (held[2 * i] !== ((from + i) % 65_536) - 32_768) assert.fail(`left ${from + i}`);
          if (held[2 * i + 1] !== ((from + i + 17) % 65_536) - 32_768) assert.fail(`right ${from + i}`);
        }
      }
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    }
  });

  it('leaves parts alone that were made before', async () => {
    writeFileSync(join(folder, '0.wav'), 'as it was');
    const writer = new PartsWriter(folder, RATE, 1);
    for (let at = 0; at < 45_000; at += 5000)
      await writer.push({ channels: [samples(5000, at)], sampleRate: RATE });
    await writer.finish();
    assert.deepEqual(readdirSync(folder).sort(), ['0.wav', '1.wav', '2.wav']);
    assert.equal(readFileSync(join(folder, '0.wav'), 'utf8'), 'as it was');
    assert.equal(read(1)[0], (10_000 % 65_536) - 32_768);
  });

  it('leaves only whole parts behind when it is given up', async () => {
    const writer = new PartsWriter(folder, RATE);
    await writer.push({ channels: [samples(100_000, 0)], sampleRate: RATE });
    await writer.abort();
    assert.deepEqual(readdirSync(folder).sort(), ['0.wav', '1.wav', '2.wav']);
  });

  it('begins with short parts, so that the first is soon whole, and knows which one to play a moment from', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(partStart), [0, 10, 30, 60, 120, 180]);
    assert.deepEqual([0, 1, 2, 3, 4].map(partSeconds), [10, 20, 30, 60, 60]);
    for (const [seconds, part] of [
      [-1, 0],
      [0, 0],
      [9.99, 0],
      [10, 1],
      [30, 2],
      [60, 3],
      [119, 3],
      [120, 4],
    ] as const)
      assert.equal(partAt(seconds, 9), part, `${seconds} s`);
    assert.equal(partAt(180, 5), 4, 'the very end is in the last part');
    assert.equal(partAt(5, 0), -1);
    for (const [seconds, parts] of [
      [0, 0],
      [10.9, 0],
      [11, 1],
      [60.9, 2],
      [61, 3],
      [121, 4],
    ] as const)
      assert.equal(partsWithin(seconds), parts, `${seconds} s done`);
    for (const [seconds, parts] of [
      [0, 0],
      [0.1, 1],
      [10, 1],
      [10.1, 2],
      [60, 3],
      [61, 4],
      [120, 4],
    ] as const)
      assert.equal(partCount(seconds), parts, `${seconds} s`);
  });
});
