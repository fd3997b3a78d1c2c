// What keys mean. Pure.

export type Command =
  | { readonly do: 'togglePlay' | 'playSegment' | 'toggleLoop' | 'toggleHelp' | 'escape' }
  | { readonly do: 'seekBy'; readonly seconds: number }
  | { readonly do: 'seekToStart' | 'seekToEnd' }
  | { readonly do: 'segmentInTime' | 'segmentInList'; readonly by: -1 | 1 }
  | { readonly do: 'firstInList' | 'lastInList' }
  | { readonly do: 'zoomIn' | 'zoomOut' | 'zoomFit' | 'zoomSegment' }
  | { readonly do: 'correct' | 'confirm' | 'nextLeastSure' | 'toggleReview' }
  | {
      readonly do:
        | 'split'
        | 'merge'
        | 'delete'
        | 'rangeStart'
        | 'rangeEnd'
        | 'toggleSpectrogram'
        | 'toggleFrequencyScale'
        | 'toggleLanes';
    }
  /** Another lane to work on; after the last one come the segments again. */
  | { readonly do: 'stepLane'; readonly by: -1 | 1 }
  /** A boundary of the selected segment. */
  | { readonly do: 'moveBoundary'; readonly side: 'start' | 'end'; readonly bySeconds: number }
  /** The label of this place in the list of labels, from 0. */
  | { readonly do: 'label'; readonly index: number };

/** Seconds that a key moves a boundary by. */
const BOUNDARY_STEP = 0.05;

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Where the focus is: keys that something there needs for itself are left to it. */
export type Focus = 'text' | 'button' | 'list' | 'other';

export function commandOf(key: Key, focus: Focus): Command | undefined {
  if (key.key === 'Escape') return { do: 'escape' };
  if (focus === 'text') return undefined;
  // Many layouts have these behind Option, or AltGr, which browsers report as Ctrl and Alt.
  const isBracket = (key.key === '[' || key.key === ']') && !key.metaKey;
  if (key.altKey && !isBracket) return undefined;
  if ((key.ctrlKey || key.metaKey) && !(key.altKey && isBracket)) {
    return undefined; // the editor's own: undo, redo, save
  }
  if (focus === 'button' && (key.key === ' ' || key.key === 'Enter')) return undefined;
  switch (key.key) {
    case ' ':
      return { do: 'togglePlay' };
    case 'Enter':
      return { do: 'playSegment' };
    case 'ArrowLeft':
      return { do: 'seekBy', seconds: key.shiftKey ? -10 : -1 };
    case 'ArrowRight':
      return { do: 'seekBy', seconds: key.shiftKey ? 10 : 1 };
    case 'ArrowUp':
      return { do: 'segmentInList', by: -1 };
    case 'ArrowDown':
      return { do: 'segmentInList', by: 1 };
    case '[':
      return { do: 'segmentInTime', by: -1 };
    case ']':
      return { do: 'segmentInTime', by: 1 };
    case 'Home':
      return { do: focus === 'list' ? 'firstInList' : 'seekToStart' };
    case 'End':
      return { do: focus === 'list' ? 'lastInList' : 'seekToEnd' };
    case '+':
    case '=':
      return { do: 'zoomIn' };
    case '-':
    case '_':
      return { do: 'zoomOut' };
    case '0':
      return { do: 'zoomFit' };
    case 'z':
      return { do: 'zoomSegment' };
    case 'l':
      return { do: 'toggleLoop' };
    case 'c':
      return { do: 'correct' };
    case 'v':
      return { do: 'confirm' };
    case 'n':
      return { do: 'nextLeastSure' };
    case 'r':
      return { do: 'toggleReview' };
    case 's':
      return { do: 'split' };
    case 'm':
      return { do: 'merge' };
    case 'Delete':
    case 'Backspace':
      return { do: 'delete' };
    case 'i':
      return { do: 'rangeStart' };
    case 'o':
      return { do: 'rangeEnd' };
    case 't':
      return { do: 'stepLane', by: 1 };
    case 'T':
      return { do: 'stepLane', by: -1 };
    case 'h':
      return { do: 'toggleLanes' };
    case 'g':
      return { do: 'toggleSpectrogram' };
    case 'f':
      return { do: 'toggleFrequencyScale' };
    case ',':
      return { do: 'moveBoundary', side: 'end', bySeconds: -BOUNDARY_STEP };
    case '.':
      return { do: 'moveBoundary', side: 'end', bySeconds: BOUNDARY_STEP };
    case '<':
    case ';':
      return { do: 'moveBoundary', side: 'start', bySeconds: -BOUNDARY_STEP };
    case '>':
    case ':':
      return { do: 'moveBoundary', side: 'start', bySeconds: BOUNDARY_STEP };
    case '?':
      return { do: 'toggleHelp' };
    default:
      return /^[1-9]$/.test(key.key) ? { do: 'label', index: Number(key.key) - 1 } : undefined;
  }
}
