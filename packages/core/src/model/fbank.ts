import { SAMPLE_RATE_HZ } from '../sample-rate.js';
/**
 * The constants of SpeechBrain's log-mel front end (`speechbrain.lobes.features.Fbank` with its
 * defaults and 80 bands), which has no learnt weights.
 */

/** 25 ms, also the DFT's length. */
export const FRAME_SAMPLES = 400;
/** 10 ms. */
export const HOP_SAMPLES = 160;
export const MEL_BANDS = 80;
/** Bins of the one-sided spectrum, 40 Hz apart. */
export const SPECTRUM_BINS = FRAME_SAMPLES / 2 + 1;
/** Mel energies under this are raised to it before the logarithm (-100 dB). */
export const ENERGY_FLOOR = 1e-10;
/** An utterance's log-mel values are raised to at most this far under its loudest one. */
export const DYNAMIC_RANGE_DECIBELS = 80;

/**
 * Frames of `sampleCount` samples at 16 kHz: frames are centred on multiples of the hop, the signal
 * continued by 200 zeros at each end, and the last partial hop has no frame.
 */
export function frameCount(sampleCount: number): number {
  return 1 + Math.floor(sampleCount / HOP_SAMPLES);
}

/** The periodic Hamming window, FRAME_SAMPLES long: `0.54 - 0.46 cos(2 pi n / 400)`. */
export function hammingWindow(): Float64Array {
  return Float64Array.from(
    { length: FRAME_SAMPLES },
    (_, sample) => 0.54 - 0.46 * Math.cos((2 * Math.PI * sample) / FRAME_SAMPLES),
  );
}

/**
 * The window seen from the middle of a frame: what samples 0 to FRAME_SAMPLES / 2 away from it weigh in sums and in differences
 * of those equally far from it. The middle is its own partner, and so twice in its sum; a frame's first sample has none.
 */
export function foldedWindow(): { sums: Float32Array; differences: Float32Array } {
  const window = hammingWindow();
  const half = FRAME_SAMPLES / 2;
  const weights = Float32Array.from(
    { length: half + 1 },
    (_, distance) => (window[half - distance] ?? 0) / (distance === 0 ? 2 : 1),
  );
  return { sums: weights, differences: weights.with(half, 0) };
}

/** One period of cosine and sine, FRAME_SAMPLES values each. */
export function onePeriod(): { cosine: Float32Array; sine: Float32Array } {
  const angles = Float64Array.from(
    { length: FRAME_SAMPLES },
    (_, step) => (2 * Math.PI * step) / FRAME_SAMPLES,
  );
  return { cosine: Float32Array.from(angles, Math.cos), sine: Float32Array.from(angles, Math.sin) };
}

/**
 * SpeechBrain's mel filters, MEL_BANDS x SPECTRUM_BINS, row-major.
 *
 * Centres lie evenly on the mel scale `2595 log10(1 + f / 700)` from 0 to 8000 Hz. Each filter is a
 * triangle of height 1 that is symmetric in hertz: its right half is as wide as its left half (the
 * distance to the previous centre), unlike HTK's or Slaney's filters. No area normalisation.
 */
export function melFilters(): Float32Array {
  const top = 2595 * Math.log10(1 + SAMPLE_RATE_HZ / 2 / 700);
  const points = Array.from({ length: MEL_BANDS + 2 }, (_, index) => {
    const mel = Math.fround((top * index) / (MEL_BANDS + 1));
    return 700 * (10 ** (mel / 2595) - 1);
  });
  const filters = new Float32Array(MEL_BANDS * SPECTRUM_BINS);
  for (let band = 0; band < MEL_BANDS; band++) {
    const centre = points[band + 1] ?? 0;
    const width = centre - (points[band] ?? 0);
    for (let bin = 0; bin < SPECTRUM_BINS; bin++) {
      const frequency = (bin * SAMPLE_RATE_HZ) / FRAME_SAMPLES;
      filters[band * SPECTRUM_BINS + bin] = Math.max(0, 1 - Math.abs(frequency - centre) / width);
    }
  }
  return filters;
}
