import assert from 'node:assert/strict';
import { RealFft } from '../../src/audio/fft.js';
import { FREQUENCY_SCALES, frequencyShare, SPECTRUM_BANDS } from '../../src/audio/spectrum-bands.js';
import { frameSeconds, SpectrumLevels, spectrumLevelFor } from '../../src/audio/spectrum-levels.js';

const tone = (hertz: number, amplitude: number, seconds: number): Float32Array =>
  Float32Array.from({ length: 16_000 * seconds }, (_, i) =>
    Math.fround(amplitude * Math.sin((2 * Math.PI * hertz * i) / 16_000)),
  );

describe('the Fourier transform', () => {
  it('is that of its definition', () => {
    const size = 64;
    const window = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i) + (i % 7) / 3);
    const out = new Float64Array(2 * size);
    new RealFft(size).transform(out, window);
    for (let k = 0; k < size; k++) {
      let [re, im] = [0, 0];
      for (const [i, value] of window.entries()) {
        re += value * Math.cos((-2 * Math.PI * i * k) / size);
        im += value * Math.sin((-2 * Math.PI * i * k) / size);
      }
      assert.ok(Math.abs(re - (out[2 * k] ?? 0)) < 1e-9 && Math.abs(im - (out[2 * k + 1] ?? 0)) < 1e-9);
    }
    assert.throws(() => new RealFft(48), RangeError);
  });
});

describe('the spectrogram of a recording', () => {
  for (const hertz of [100, 440, 1000, 3000, 7000])
    it(`has a tone of ${hertz} Hz where the frequency axis has it, as loud as it is`, () => {
      const spectrum = new SpectrumLevels();
      spectrum.push(tone(hertz, 0.1, 1));
      spectrum.finish();
      const levels = spectrum.take();
      for (const scale of FREQUENCY_SCALES) {
        const frame = levels[scale][0]?.subarray(25 * SPECTRUM_BANDS, 26 * SPECTRUM_BANDS);
        assert.ok(frame);
        const loudest = frame.indexOf(Math.max(...frame));
        const expected = frequencyShare(scale, hertz) * (SPECTRUM_BANDS + 1) - 1;
        assert.ok(Math.abs(loudest - expected) <= 1.5, `${scale}: band ${loudest} for ${expected}`);
        const decibels = -100 + (100 * (frame[loudest] ?? 0)) / 255;
        assert.ok(Math.abs(decibels + 20) < 4, `${scale}: ${decibels} dB for -20`);
      }
    });

  it('has a frame for each hop, whatever pieces it comes in, and the loudest of eight in the level above', () => {
    const whole = new SpectrumLevels();
    const pieces = new SpectrumLevels();
    const samples = tone(500, 0.3, 3.21);
    whole.push(samples);
    for (let at = 0; at < samples.length; at += 777) pieces.push(samples.subarray(at, at + 777));
    whole.finish();
    pieces.finish();
    const taken = whole.take();
    assert.deepEqual(pieces.take(), taken);
    const [finest, middle, coarsest] = taken.linear;
    assert.ok(finest && middle && coarsest);
    const frames = Math.ceil(3.21 / frameSeconds(0));
    assert.equal(finest.length, frames * SPECTRUM_BANDS);
    assert.equal(middle.length, Math.ceil(frames / 8) * SPECTRUM_BANDS);
    assert.equal(coarsest.length, Math.ceil(frames / 64) * SPECTRUM_BANDS);
    assert.equal(
      middle[10],
      Math.max(...Array.from({ length: 8 }, (_, i) => finest[i * SPECTRUM_BANDS + 10] ?? 0)),
    );
  });

  it('is silent where nothing is, and takes the level that a pixel needs', () => {
    const spectrum = new SpectrumLevels();
    spectrum.push(new Float32Array(16_000));
    spectrum.finish();
    const { mel, linear } = spectrum.take();
    for (const frames of [mel[0], linear[0]]) assert.ok(frames?.every((value) => value === 0));
    assert.deepEqual([0.001, 0.2, 8].map(spectrumLevelFor), [0, 1, 2]);
  });
});
