// How a recording that a browser is not given whole is cut for playing. Pure: used by the job that writes the parts and by the page that plays them.

/** Seconds of each part after the first few. */
const PART_SECONDS = 60;
/** Where the first parts start: they are short, so that sound from the beginning is soon ready. */
const FIRST_STARTS_SECONDS = [0, 10, 30];
/** How far a part reaches into the next, so that one can take over from the other. */
export const OVERLAP_SECONDS = 1;

/** So much is decoded before somebody plays: two parts. */
export const HEAD_START_SECONDS = 30 + OVERLAP_SECONDS;

/** Name of a part's file. */
export function partName(part: number): string {
  return `${part}.wav`;
}

/** Where a part starts, in the recording. */
export function partStart(part: number): number {
  return FIRST_STARTS_SECONDS[part] ?? PART_SECONDS * (part - FIRST_STARTS_SECONDS.length + 1);
}

/** How long a part is, without what it has in common with the next. */
export function partSeconds(part: number): number {
  return partStart(part + 1) - partStart(part);
}

/** The part to play a moment from, of so many; -1 when there are none. */
export function partAt(seconds: number, parts: number): number {
  const later = Math.max(0, Math.floor(seconds / PART_SECONDS) - 1);
  const first = FIRST_STARTS_SECONDS.findLastIndex((start) => start <= seconds);
  const part = seconds < PART_SECONDS ? Math.max(0, first) : FIRST_STARTS_SECONDS.length + later;
  return Math.min(part, parts - 1);
}

/** How many parts a recording of so many seconds has. */
export function partCount(seconds: number): number {
  if (seconds <= 0) return 0;
  const last = partAt(seconds, Number.POSITIVE_INFINITY);
  return partStart(last) < seconds ? last + 1 : last;
}

/** How many of them are complete when this much of an unfinished recording is there. */
export function partsWithin(seconds: number): number {
  return partAt(seconds - OVERLAP_SECONDS, Number.POSITIVE_INFINITY);
}
