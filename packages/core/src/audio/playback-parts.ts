// How a recording that a browser is not given whole is cut for playing. Pure: used by the job that writes the parts and by the page that plays them.

/** Each part but the last is so long, and reaches some way into the next, so that one can take over from the other. */
export const PART_SECONDS = 60;
/** How far a part reaches into the next. */
export const OVERLAP_SECONDS = 1;

/** Name of a part's file. */
export function partName(part: number): string {
  return `${part}.wav`;
}

/** The part to play a moment from, of so many; -1 when there are none. */
export function partAt(seconds: number, parts: number): number {
  return Math.min(Math.floor(Math.max(0, seconds) / PART_SECONDS), parts - 1);
}

/** How many parts a recording of so many seconds has. */
export function partCount(seconds: number): number {
  return Math.ceil(seconds / PART_SECONDS);
}

/** How many of them are complete when this much of an unfinished recording is there. */
export function partsWithin(seconds: number): number {
  return Math.max(0, Math.floor((seconds - OVERLAP_SECONDS) / PART_SECONDS));
}
