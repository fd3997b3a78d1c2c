import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { MIX } from '../../src/audio/channel-choice.js';
import { type MonoConverter, openMonoConverter } from '../../src/audio/mono-converter.js';
import { isEcapaError } from '../../src/errors.js';
import { concat, randomNumbers, rms } from './fixtures.js';

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

function open(channelIndex = MIX): Promise<MonoConverter> {
  return openMonoConverter({ name: 'test', channelIndex });
}

/** Ends the run; all that has come out since the last call. */
function drain(converter: MonoConverter): Float32Array {
  converter.endRun();
  const parts: Float32Array[] = [];
  for (let part = converter.takeRest(); part; part = converter.takeRest()) parts.push(part);
  return concat(parts);
}

async function resample(samples: Float32Array, rate: number): Promise<Float32Array> {
  const converter = await open();
  converter.push([samples], rate);
  return drain(converter);
}

async function mix(channels: readonly Float32Array[], channelIndex = MIX): Promise<Float32Array> {
  const converter = await open(channelIndex);
  converter.push(channels, 16000);
  return drain(converter);
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

describe('resampling', () => {
  const rates = readdirSync(vectors)
    .map((name) => /^in_(\d+)\.f32$/.exec(name)?.[1])
    .filter((rate) => rate !== undefined);
  it('has torchaudio vectors for 8 rates', () => assert.equal(rates.length, 8));

  for (const rate of rates) {
    it(`equals torchaudio from ${rate} Hz to 16 kHz within 1e-5`, async () => {
      const got = await resample(readFloats(`in_${rate}.f32`), Number(rate));
      assert.ok(largestDifference(got, readFloats(`out_${rate}.f32`)) <= 1e-5);
    });
  }

  for (const rate of [11025, 44100, 44101, 48000, 7350, 96000, 1000, 16000]) {
    it(`gives the same samples block by block as at once (${rate} Hz)`, async () => {
      const input = sine(440, rate, 5000).map((x, i) => x + Math.sin(i * i * 1e-3));
      const whole = await resample(input, rate);
      const converter = await open();
      const parts: Float32Array[] = [];
      for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7 + 3) % 611) {
        size = Math.max(size, 1);
        converter.push([input.subarray(at, at + size)], rate);
        const part = converter.takeRest();
        if (part !== undefined) parts.push(part);
      }
      parts.push(drain(converter));
      assert.deepEqual(concat(parts), whole);
    });
  }

  for (const rate of [44100, 8000, 12345, 192000, 768000]) {
    it(`follows the formula from ${rate} Hz for any length`, async () => {
      for (const length of [1, 2, 5, 37, 440, 441, 442, 1000]) {
        const input = sine(300, rate, length).map((x, i) => x * 0.5 + (i % 7) * 0.05);
        const difference = largestDifference(
          await resample(input, rate),
          resampleByDefinition(input, rate, 16000),
        );
        assert.ok(difference <= 2e-6, `${length} samples: ${difference}`);
      }
    }).timeout(60_000);
  }

  it('leaves audio of the same rate untouched', async () => {
    const input = sine(100, 16000, 100);
    assert.deepEqual(await resample(input, 16000), input);
  });

  it('keeps what is below half the new rate and removes what is above', async () => {
    assert.ok(Math.abs(rms(await resample(sine(1000, 48000, 48000), 48000)) - Math.SQRT1_2) < 0.002);
    assert.ok(rms(await resample(sine(12000, 48000, 48000), 48000)) < 0.005);
  });

  it('starts again after a run, and where the rate changes', async () => {
    const input = sine(440, 44100, 3000);
    const once = await resample(input, 44100);
    const converter = await open();
    converter.push([input], 44100);
    assert.deepEqual(drain(converter), once);
    converter.push([input], 44100);
    converter.push([input], 22050);
    assert.deepEqual(drain(converter), concat([once, await resample(input, 22050)]));
  });

  it('names the field of a rate that is none, and of channels that do not fit', async () => {
    const converter = await open();
    const one = [new Float32Array(1)];
    assert.throws(() => converter.push(one, 0), /sampleRate must be/);
    assert.throws(() => converter.push(one, 44100.5), RangeError);
    assert.throws(() => converter.push([], 16000), /channels must be 1 to 64/);
    assert.throws(() => converter.push([...one, new Float32Array(2)], 16000), /one length/);
  });
});

describe('mixing down', () => {
  const random = randomNumbers(5);
  const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);
  const inverted = (samples: Float32Array): Float32Array => samples.map((x) => -x);
  const voice = sine(220, 16000, 32000).map((x, i) => 0.3 * x * (1 + Math.sin(i / 900)));

  it('averages, so that equal channels keep their level', async () => {
    const channel = Float32Array.of(0.5, -1, 1);
    assert.deepEqual(await mix([channel, channel, channel]), channel);
    assert.deepEqual(
      await mix([Float32Array.of(1, 0, 0.25), Float32Array.of(0, -1, 0.75)]),
      Float32Array.of(0.5, -0.5, 0.5),
    );
  });

  it('averages whatever has something in common, or nothing, or is in one channel alone', async () => {
    const [a, b] = [noise(20000), noise(20000)];
    for (const [left, right] of [
      [a, b],
      [a, new Float32Array(a.length)],
      // 12 dB more side than mid: wide, but no swapped wires
      [a.map((x, i) => 0.25 * x + (b[i] ?? 0)), a.map((x, i) => 0.25 * x - (b[i] ?? 0))],
      [a.map((x) => x + 0.3), a.map((x) => 0.8 * x - 0.3)],
    ] as const) {
      const converter = await open();
      converter.push([left, right], 16000);
      const expected = left.map((x, i) => Math.fround(x + (right[i] ?? 0)) / 2);
      assert.deepEqual(drain(converter), Float32Array.from(expected));
      assert.equal(converter.oppositePhaseSeconds, 0);
    }
  });

  it('takes the louder channel where the average loses what the channels hold', async () => {
    for (const gain of [0.9, 0.7, -0.9]) {
      const quieter = voice.map((x) => -gain * x);
      const converter = await open();
      converter.push(gain < 0 ? [quieter, inverted(voice)] : [quieter, voice], 16000);
      assert.deepEqual(drain(converter), gain < 0 ? inverted(voice) : voice);
      assert.ok(Math.abs(converter.oppositePhaseSeconds - 2) < 1e-9);
    }
  });

  it('averages wide stereo, also where it rumbles, so that a moment says little about the whole', async () => {
    const rumble = (): Float32Array => {
      let level = 0;
      return Float32Array.from({ length: 30 * 16000 }, () => {
        level += 0.002 * (random() - 0.5 - level);
        return 20 * level;
      });
    };
    const [mid, side] = [rumble(), rumble()];
    const oppositeSeconds = async (sideDb: number): Promise<number> => {
      const gain = 10 ** (sideDb / 20);
      const converter = await open();
      const of = (sign: number) => mid.map((x, i) => x + sign * gain * (side[i] ?? 0));
      converter.push([of(1), of(-1)], 16000);
      drain(converter);
      return converter.oppositePhaseSeconds;
    };
    assert.equal(await oppositeSeconds(6), 0);
    assert.equal(await oppositeSeconds(9), 0);
    assert.ok((await oppositeSeconds(20)) > 29.5);
  });

  it('sees it under a constant offset, which is not a sound', async () => {
    const converter = await open();
    converter.push([voice.map((x) => x + 0.4), inverted(voice).map((x) => x + 0.4)], 16000);
    assert.equal(drain(converter).length, voice.length);
    assert.ok(Math.abs(converter.oppositePhaseSeconds - 2) < 1e-9);
  });

  it('follows where it begins and ends within a recording, without a click', async () => {
    const right = concat([
      voice.subarray(0, 10000),
      inverted(voice).subarray(10000, 22000),
      voice.subarray(22000),
    ]);
    const converter = await open();
    for (let at = 0; at < right.length; at += 777) {
      converter.push([voice.subarray(at, at + 777), right.subarray(at, at + 777)], 16000);
    }
    const mono = drain(converter);
    assert.equal(mono.length, voice.length);
    const { oppositePhaseSeconds } = converter;
    assert.ok(Math.abs(oppositePhaseSeconds - 0.75) < 0.06, `${oppositePhaseSeconds} s`);
    // Nothing but the hop in which it changes differs from the voice, and no step is larger than the voice's own.
    const off = mono.map((x, i) => Math.abs(x - (voice[i] ?? 0)));
    assert.ok(off.filter((x) => x > 0.01).length < 800, `${off.filter((x) => x > 0.01).length}`);
    const step = (x: Float32Array): number =>
      x.reduce((most, value, i) => Math.max(most, Math.abs(value - (x[i - 1] ?? 0))), 0);
    assert.ok(step(mono) < 2 * step(voice), `${step(mono)}`);
  });

  it('keeps silence silent', async () => {
    assert.ok((await mix([new Float32Array(9000), new Float32Array(9000)])).every((x) => x === 0));
  });

  it('takes one channel alone, and throws when there is none', async () => {
    const [a, b] = [noise(5000), noise(5000)];
    assert.deepEqual(await mix([a, b], 0), a);
    assert.deepEqual(await mix([a, b], 1), b);
    await assert.rejects(mix([a, b], 2), (error) => isEcapaError(error) && error.code === 'NO_SUCH_CHANNEL');
  });

  it('continues where the number of channels changes', async () => {
    const [a, b] = [noise(5000), noise(5000)];
    const converter = await open();
    converter.push([a, a], 16000);
    converter.push([b], 16000);
    converter.push([a, a, a], 16000);
    assert.deepEqual(drain(converter), concat([a, b, a]));
  });
});
