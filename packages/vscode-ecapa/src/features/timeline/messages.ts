import type { ErrorCode } from '@ecapa/core';
import type { Staleness } from '@ecapa/core/host';
import { FREQUENCY_SCALES, type FrequencyScale } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { Correction } from './apply-corrections.js';
import type { Edit } from './edits.js';
import type { HeardEdit, HeardSpan } from './heard.js';
import type { PageStrings } from './page-strings.js';

// The messages between the extension and the page of the timeline. Used by both: types and pure functions only.

/** How the analysis stands. */
export type AnalysisStatus =
  | { readonly state: 'starting' }
  | {
      readonly state: 'running';
      readonly doneSeconds: number;
      readonly totalSeconds?: number;
      /** Absent until it can be estimated. */
      readonly secondsLeft?: number;
    }
  | {
      readonly state: 'done';
      readonly modelId: string;
      readonly headId: string;
      /** Audio was missing or unreadable. */
      readonly isPartial: boolean;
      readonly staleReason?: Staleness;
    }
  | { readonly state: 'cancelled' }
  | {
      readonly state: 'failed';
      readonly code: ErrorCode | 'INTERNAL';
      /** For people, in their language. */
      readonly message: string;
      /** Core's own words, for the log. */
      readonly reason?: string;
    };

export type PlaybackStatus =
  /**
   * To be tried as it is. The same `url` with another `version` has other content. A browser that finds another
   * duration than the decoder cannot play it: it would be heard at other moments than it is shown at.
   */
  | {
      readonly kind: 'whole';
      readonly url: string;
      readonly version: string;
      readonly decodedSeconds?: number;
    }
  /** To be played part by part; the first ones are made at once, the others when the page asks. */
  | {
      readonly kind: 'parts';
      readonly folderUrl: string;
      readonly version: string;
      readonly readyParts: number;
      readonly isComplete: boolean;
      readonly doneSeconds: number;
      readonly totalSeconds?: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

export type HostToPage =
  /** Comes first, once per load of the page. */
  | {
      readonly type: 'open';
      readonly name: string;
      readonly locale: string;
      readonly strings: PageStrings;
    }
  /** Labels to choose from; the head's, which the windows' probabilities are in the order of; colours as CSS variables. */
  | {
      readonly type: 'labels';
      readonly labels: readonly string[];
      readonly headLabels: readonly string[];
      readonly colours: Readonly<Record<string, string>>;
    }
  | { readonly type: 'duration'; readonly seconds: number }
  | { readonly type: 'status'; readonly status: AnalysisStatus }
  /** `remove` segments from index `from` on give way to `segments`. */
  | {
      readonly type: 'segments';
      readonly from: number;
      readonly remove: number;
      readonly segments: readonly TimelineSegment[];
    }
  /** Labels that have a lane of where they can be heard, in order; none for a head that does not know it. */
  | { readonly type: 'lanes'; readonly labels: readonly string[] }
  /** `remove` stretches of a label's lane from index `from` on give way to `spans`. */
  | {
      readonly type: 'lane';
      readonly label: string;
      readonly from: number;
      readonly remove: number;
      readonly spans: readonly HeardSpan[];
    }
  /** Windows from index `from` on; what was there is replaced. windows x labels probabilities. */
  | {
      readonly type: 'windows';
      readonly from: number;
      readonly centresSeconds: Float32Array;
      readonly probabilities: Float32Array;
    }
  /** Peaks up to this moment can be asked for. */
  | { readonly type: 'peaksReady'; readonly seconds: number; readonly isComplete: boolean }
  /** Answers `peaks`: pairs of lowest and highest sample, -127 to 127; fewer than asked for when there are no more yet. */
  | { readonly type: 'peaks'; readonly level: number; readonly tile: number; readonly pairs: Int8Array }
  /** Answers `spectrum`: frames x bands, the lowest band first; fewer frames than asked for when there are no more yet. */
  | {
      readonly type: 'spectrum';
      readonly scale: FrequencyScale;
      readonly level: number;
      readonly tile: number;
      readonly bands: Uint8Array;
    }
  | { readonly type: 'playback'; readonly playback: PlaybackStatus }
  /** `older`: so many labels were made for another content of this file, and hold nothing yet. */
  | {
      readonly type: 'corrections';
      readonly canUndo: boolean;
      readonly canRedo: boolean;
      readonly older: number;
    }
  /** Labels of another source, to be seen beside; undefined when there are none any more. */
  | { readonly type: 'comparison'; readonly comparison: Comparison | undefined }
  /** Somebody asks for sound, or for its end, elsewhere than on the page. */
  | { readonly type: 'togglePlay' }
  /** A stretch to look at, which the recording is known to reach. */
  | { readonly type: 'look'; readonly startSeconds: number; readonly endSeconds: number }
  /** The file went away, or came back. */
  | { readonly type: 'file'; readonly isThere: boolean };

/** Labels of another source, and how far they agree with what is shown. */
export interface Comparison {
  readonly name: string;
  readonly labels: readonly Correction[];
  /** Share of the compared time with the same label, and agreement beyond chance (Cohen's kappa). */
  readonly share: number;
  readonly kappa: number;
}

/** Edits that the page makes; labels have a message of their own. */
export type PageEdit = Extract<Edit, { do: 'split' | 'merge' | 'moveBoundary' | 'delete' }>;

export type PageToHost =
  | { readonly type: 'ready' }
  | { readonly type: 'analyse' }
  | { readonly type: 'cancel' }
  | { readonly type: 'peaks'; readonly level: number; readonly tile: number }
  | {
      readonly type: 'spectrum';
      readonly scale: FrequencyScale;
      readonly level: number;
      readonly tile: number;
    }
  /** Somebody wants to hear a recording in parts. */
  | { readonly type: 'preparePlayback' }
  /** The page's audio element could not play what it was given. */
  | { readonly type: 'cannotPlay' }
  /** A person labels a segment; `null` takes that back. */
  | {
      readonly type: 'correct';
      readonly startSeconds: number;
      readonly endSeconds: number;
      readonly label: string | null;
    }
  /** A person changes segments in another way. */
  | { readonly type: 'edit'; readonly edit: PageEdit }
  /** A person changes lanes, in one step. */
  | { readonly type: 'editHeard'; readonly edits: readonly HeardEdit[] }
  /** What was made for another content holds here too; or does not. */
  | { readonly type: 'useOlder' }
  | { readonly type: 'discardOlder' }
  | { readonly type: 'importLabels' }
  | { readonly type: 'closeComparison' }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' }
  | { readonly type: 'export' }
  | { readonly type: 'cut' }
  | { readonly type: 'showLog' };

const PLAIN: ReadonlySet<unknown> = new Set<PageToHost['type']>([
  'ready',
  'analyse',
  'cancel',
  'preparePlayback',
  'cannotPlay',
  'useOlder',
  'discardOlder',
  'importLabels',
  'closeComparison',
  'undo',
  'redo',
  'export',
  'cut',
  'showLog',
]);

/** Whether something is a message of the page: what comes out of a browser is not taken on trust. */
export function isPageMessage(value: unknown): value is PageToHost {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const message = value as Record<string, unknown>;
  if (PLAIN.has(message.type)) return true;
  if (message.type === 'peaks' || message.type === 'spectrum') {
    const isKnown = message.type === 'peaks' || FREQUENCY_SCALES.some((scale) => scale === message.scale);
    return isKnown && isIndex(message.level) && isIndex(message.tile);
  }
  if (message.type === 'edit') return isPageEdit(message.edit);
  if (message.type === 'editHeard') {
    const { edits } = message;
    return Array.isArray(edits) && edits.length > 0 && edits.length <= MOST_EDITS && edits.every(isHeardEdit);
  }
  return message.type === 'correct' && isSpan(message) && (message.label === null || isLabel(message.label));
}

/** No step of a person changes more. */
const MOST_EDITS = 4;

function isHeardEdit(value: unknown): value is HeardEdit {
  const edit = Object(value) as Record<string, unknown>;
  return isSpan(edit) && isLabel(edit.label) && (edit.isHeard === null || typeof edit.isHeard === 'boolean');
}

function isSpan({ startSeconds, endSeconds }: Record<string, unknown>): boolean {
  return isTime(startSeconds) && isTime(endSeconds) && startSeconds < endSeconds;
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 200;
}

function isPageEdit(value: unknown): value is PageEdit {
  const edit = Object(value) as Record<string, unknown>;
  if (!isTime(edit.seconds)) return false;
  return edit.do === 'moveBoundary'
    ? isTime(edit.toSeconds)
    : edit.do === 'split' || edit.do === 'merge' || edit.do === 'delete';
}

function isIndex(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
