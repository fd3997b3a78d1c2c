/**
 * What `dist/on-demand.cjs` holds: parts of the extension that are read on first use, so that activation need not.
 * They keep no state: there may be a second copy of what they import.
 */
export { toCsv, toJson, toJsonLines, toTsv } from './features/classify/state/export-text.js';
export { exportFormats, exportTimeline, writeTimeline } from './features/timeline/export-timeline.js';
export { importLabels, importLabelsFrom } from './features/timeline/import-labels.js';
export { pageStrings } from './features/timeline/page-strings.js';
