import assert from 'node:assert/strict';
import { frameCount, hammingWindow, MEL_BANDS, melFilters, SPECTRUM_BINS } from '../../src/model/fbank.js';
import { fixturePath, readFloat32 } from '../reference.js';

describe('the front end constants', () => {
  it('have torch.hamming_window(400), which is periodic', () => {
    const expected = readFloat32(fixturePath('speechbrain', 'frontend', 'hamming400.f32'));
    const window = hammingWindow();
    assert.equal(window.length, expected.length);
    window.forEach((value, sample) => {
      assert.ok(Math.abs(value - (expected[sample] ?? Number.NaN)) < 1e-6, `sample ${sample}`);
    });
  });

  it("have SpeechBrain's mel filters", () => {
    const expected = readFloat32(fixturePath('speechbrain', 'frontend', 'mel_201x80.f32'));
    const filters = melFilters();
    assert.equal(filters.length, expected.length);
    for (let bin = 0; bin < SPECTRUM_BINS; bin++) {
      for (let band = 0; band < MEL_BANDS; band++) {
        const value = filters[band * SPECTRUM_BINS + bin] ?? Number.NaN;
        const reference = expected[bin * MEL_BANDS + band] ?? Number.NaN;
        assert.ok(Math.abs(value - reference) < 2e-5, `band ${band}, bin ${bin}: ${value} for ${reference}`);
      }
    }
  });

  it('count frames as torch.stft does with centring', () => {
    assert.deepEqual([1, 159, 160, 16_000, 48_000].map(frameCount), [1, 1, 2, 101, 301]);
  });
});
