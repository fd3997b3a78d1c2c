import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createResampler, resample } from '../../src/audio/resample.js';

const vectors = new URL('../../../../test/fixtures/resample/', import.meta.url);

function readFloats(name: string): Float32Array {
  const bytes = readFileSync(new URL(name, vectors));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0);
}

function sine(hertz: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));
}

/** The formula as torchaudio evaluates it, every tap, no streaming: slow and plain. */
function resampleByDefinition(x: Float32Array, from: number, to: number): Float32Array {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const o = from / gcd(from, to);
  const n = to / gcd(from, to);
  const base = Math.min(o, n) * 0.99;
  const width = Math.ceil((6 * o) / base);
  const y = new Float32Array(Math.ceil((n * x.length) / o));
  for (let m = 0; m < y.length; m++) {
    const i = m % n;
    const start = Math.floor(m / n) * o - width;
    let sum = 0;
    for (let j = 0; j < 2 * width + o; j++) {
      const t = Math.min(6, Math.max(-6, (Math.fround(-i / n) + (j - width) / o) * base));
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
      sum += Math.fround((base / o) * Math.cos((Math.PI * t) / 12) ** 2 * sinc) * (x[start + j] ?? 0);
    }
    y[m] = sum;
  }
  return y;
}

describe('resample', () => {
  const rates = readdirSync(vectors)
    .map((name) => /^in_(\d+)\.f32$/.exec(name)?.[1])
    .filter((rate) => rate !== undefined);
  it('has torchaudio vectors for 8 rates', () => assert.equal(rates.length, 8));

  for (const rate of rates) {
    it(`equals torchaudio from ${rate} Hz to 16 kHz within 1e-5`, () => {
      const got = resample(readFloats(`in_${rate}.f32`), Number(rate), 16000);
      assert.ok(largestDifference(got, readFloats(`out_${rate}.f32`)) <= 1e-5);
    });
  }

  for (const rate of [11025, 44100, 44101, 48000, 7350, 96000, 1000]) {
    it(`gives the same samples block by block as at once (${rate} Hz)`, () => {
      const input = sine(440, rate, 5000).map((x, i) => x + Math.sin(i * i * 1e-3));
      const whole = resample(input, rate, 16000);
      const resampler = createResampler(rate, 16000);
      const parts: Float32Array[] = [];
      for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7 + 3) % 611) {
        size = Math.max(size, 1);
        parts.push(resampler.push(input.subarray(at, at + size)));
      }
      parts.push(resampler.finish());
      assert.deepEqual(Float32Array.from(parts.flatMap((part) => [...part])), whole);
    });
  }

  for (const [from, to] of [
    [44100, 16000],
    [8000, 16000],
    [12345, 16000],
    [192000, 16000],
    [16000, 44100],
  ] as const) {
    it(`follows the formula from ${from} to ${to} Hz for any length`, () => {
      for (const length of [0, 1, 2, 5, 37, 440, 441, 442, 1000]) {
        const input = sine(300, from, length).map((x, i) => x * 0.5 + (i % 7) * 0.05);
        const difference = largestDifference(
          resample(input, from, to),
          resampleByDefinition(input, from, to),
        );
        assert.ok(difference <= 2e-6, `${length} samples: ${difference}`);
      }
    });
  }

  it('leaves audio of the same rate untouched', () => {
    const input = sine(100, 16000, 100);
    assert.deepEqual(resample(input, 16000, 16000), input);
  });

  it('keeps what is below half the new rate and removes what is above', () => {
    const rms = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    assert.ok(Math.abs(rms(resample(sine(1000, 48000, 48000), 48000, 16000)) - Math.SQRT1_2) < 0.002);
    assert.ok(rms(resample(sine(12000, 48000, 48000), 48000, 16000)) < 0.005);
  });

  it('names the field of a rate that is none', () => {
    assert.throws(() => createResampler(0, 16000), /fromHz must be/);
    assert.throws(() => createResampler(44100.5, 16000), RangeError);
    assert.throws(() => createResampler(16000, Number.NaN), /toHz must be/);
  });
});
