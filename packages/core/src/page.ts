/** Pure names for a page that draws and plays a recording. */
export { binSeconds, LEVEL_COUNT, levelFor, PeakLevels, TILE_BINS } from './audio/peak-levels.js';
export {
  OVERLAP_SECONDS,
  PART_SECONDS,
  partAt,
  partCount,
  partName,
  partsWithin,
} from './audio/playback-parts.js';
export {
  frameSeconds,
  HIGHEST_DB,
  LOWEST_DB,
  melShare,
  SPECTRUM_BANDS,
  SPECTRUM_LEVELS,
  SPECTRUM_TILE_FRAMES,
  spectrumLevelFor,
} from './audio/spectrum-levels.js';
export { CLASS_COLOURS, OTHER_CLASS_COLOURS } from './class-colours.js';
export { clock } from './clock.js';
export { fillIn } from './fill-in.js';
export { SAMPLE_RATE_HZ } from './sample-rate.js';
export { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from './types.js';
