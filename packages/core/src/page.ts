/** Pure names for a page that draws and plays a recording. */
export { binSeconds, LEVEL_COUNT, levelFor, PeakLevels, TILE_BINS } from './audio/peak-levels.js';
export {
  HEAD_START_SECONDS,
  OVERLAP_SECONDS,
  partAt,
  partCount,
  partName,
  partSeconds,
  partStart,
  partsWithin,
} from './audio/playback-parts.js';
export {
  FREQUENCY_SCALES,
  type FrequencyScale,
  frequencyShare,
  HIGHEST_DB,
  LOWEST_DB,
  SPECTRUM_BANDS,
  SPECTRUM_LEVELS,
} from './audio/spectrum-bands.js';
export { frameSeconds, SPECTRUM_TILE_FRAMES, spectrumLevelFor } from './audio/spectrum-levels.js';
export { CLASS_COLOURS, OTHER_CLASS_COLOURS } from './class-colours.js';
export { clock } from './clock.js';
export { fillIn } from './fill-in.js';
export { SAMPLE_RATE_HZ } from './sample-rate.js';
export { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from './types.js';
