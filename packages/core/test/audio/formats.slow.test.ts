import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedPath, skip } from '../reference.js';
import {
  audioNames,
  audioPath,
  bestCorrelation,
  decodeAll,
  decodeAllMono,
  expectations,
  readS16,
  rms,
} from './fixtures.js';

function averageOf(channels: readonly Float32Array[]): Float32Array {
  const sum = (i: number): number => channels.reduce((total, channel) => total + (channel[i] ?? 0), 0);
  return Float32Array.from({ length: channels[0]?.length ?? 0 }, (_, i) => sum(i) / channels.length);
}

describe('decoding every format', () => {
  it('has an expectation for every fixture', () => {
    assert.deepEqual(expectations.map(({ file }) => file).sort(), audioNames().sort());
    assert.ok(expectations.length >= 55);
  });

  for (const expected of expectations) {
    it(`gives ffmpeg's samples for ${expected.file}`, async () => {
      const { info, channels, summary } = await decodeAll(audioPath(expected.file));
      assert.equal(info.codec, expected.codec);
      assert.equal(info.sampleRate, expected.sampleRate);
      assert.equal(info.channels, expected.channels);
      assert.deepEqual(
        channels.map((samples) => samples.length),
        Array.from({ length: expected.channels }, () => expected.samples),
      );
      assert.ok(Math.abs(rms(averageOf(channels)) - expected.rms) < 2e-5);
      assert.deepEqual([summary.partial, summary.badPackets], [false, 0]);
      assert.ok(Math.abs(summary.durationSeconds - expected.samples / expected.sampleRate) < 1e-6);
    });
  }

  /** Largest difference that storing may make. */
  const STORED: readonly (readonly [RegExp, number])[] = [
    [/^piece\.u8/, 1 / 128],
    [/^piece\.(ulaw|alaw)/, 0.02],
    [/^piece\.adpcm/, Number.NaN],
    [/^piece\./, 0],
  ];
  for (const name of audioNames().filter((name) => name.startsWith('piece.'))) {
    const tolerance = STORED.find(([pattern]) => pattern.test(name))?.[1] ?? 0;
    if (Number.isNaN(tolerance)) continue;
    it(`returns the very samples that went into ${name}${tolerance > 0 ? `, to ${tolerance}` : ''}`, async () => {
      const { channels } = await decodeAll(audioPath(name));
      const original = readS16('piece-8000hz-2ch.s16', 2);
      channels.forEach((samples, channel) => {
        const stored = original[channel % 2] ?? new Float32Array(0);
        const difference = samples.reduce((most, x, i) => Math.max(most, Math.abs(x - (stored[i] ?? 9))), 0);
        assert.ok(difference <= tolerance, `channel ${channel}: ${difference}`);
      });
    });
  }

  for (const name of audioNames().filter((name) => /^(source|film)\./.test(name))) {
    it(`hears the source in ${name}`, async () => {
      const { samples } = await decodeAllMono(audioPath(name));
      const [source = new Float32Array(0)] = readS16('source-16000hz-1ch.s16', 1);
      // Encoder delay is cut off or not, by format: up to 0.1 s.
      const correlation = bestCorrelation(source.subarray(4000, 12000), samples.subarray(2400), 3200);
      assert.ok(correlation > (/gsm|amr|spx/.test(name) ? 0.7 : 0.92), `correlation ${correlation}`);
    });
  }

  it('judges by content, never by the name', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      for (const [name, as] of [
        ['source.moov-last.m4a', 'a.mp3'],
        ['source.mp3', 'b.wav'],
        ['source.opus', 'c'],
      ] as const) {
        copyFileSync(audioPath(name), join(directory, as));
        const { channels } = await decodeAll(join(directory, as));
        assert.equal(channels[0]?.length, expectations.find(({ file }) => file === name)?.samples);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("reads the seed project's example, AAC in MP4 under the name of MP3", async function () {
    const path = sharedPath('reference', 'seed', 'example_audio.mp3') ?? skip(this, 'the seed is not here');
    const { info, summary } = await decodeAll(path);
    assert.deepEqual([info.container, info.codec, info.sampleRate], ['mp4', 'aac', 44100]);
    assert.ok(Math.abs(summary.durationSeconds - 2.949) < 0.001);
  });
});
