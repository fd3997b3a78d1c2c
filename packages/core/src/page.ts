/** Pure names for a page that draws and plays a recording, of which it is given peaks, spectrogram and parts in tiles. */
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
