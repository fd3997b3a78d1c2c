/** Timelines of long recordings: analysis, segments, tracks, their formats, and cutting. */
export { cutRecording } from './cutting/cut.js';
export { type CutFile, type CutMode, labelForFileName } from './cutting/cutter.js';
export { type WholeTimeline, wholeTimeline, wholeTimelineOfChannels } from './host/whole-timeline.js';
export { agreement } from './timeline/agreement.js';
export { AudioGate } from './timeline/audio-gate.js';
export { TIMELINE_FORMATS, timelineFormat } from './timeline/export/formats.js';
export { timelineToJson } from './timeline/export/json.js';
export { segmentsWherePresent } from './timeline/export/layers.js';
export {
  createLiveWriter,
  isLiveFormat,
  LIVE_FORMATS,
  type LiveFormat,
  type LiveWriter,
} from './timeline/export/live.js';
export { type PictureLanguage, timelineToSvg } from './timeline/export/picture.js';
export { timelineToHtml } from './timeline/export/picture-page.js';
export type { TimelineReport } from './timeline/export/report.js';
export { TIMELINE_VERSION, timelineIdentity } from './timeline/identity.js';
export { labelledSpan } from './timeline/import/json-labels.js';
export { parseLabels } from './timeline/import/parse-labels.js';
export type { OpenSpan } from './timeline/open-span.js';
export { planTimeline, type TimelineOptions } from './timeline/options.js';
export { type PresenceTrack, type Tracks, tracksByLabel } from './timeline/presence-tracks.js';
export { summarize, type TimelineSegment, type TimelineTotals } from './timeline/segments.js';
export type { TimelineSketch } from './timeline/sketch.js';
export { timelineOfBlocks } from './timeline/timeline.js';
export type { WindowProbabilities } from './timeline/window-probabilities.js';
