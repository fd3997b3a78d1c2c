import type { ChannelChoice, TrackChoice } from './audio-source.js';

/** What `decoder.c` calls the mix. */
export const MIX = -1;

/**
 * The channel as the decoder counts, from 0, or `MIX`.
 *
 * @throws TypeError, RangeError naming a wrong choice
 */
export function channelIndex(choice: ChannelChoice | undefined): number {
  switch (choice) {
    case undefined:
    case 'mix':
      return MIX;
    case 'left':
      return 0;
    case 'right':
      return 1;
  }
  if (typeof choice !== 'number')
    throw new TypeError(`channel: ${choice}: expected mix, left, right or a number from 1`);
  if (!Number.isInteger(choice) || choice < 1 || choice > 64) {
    throw new RangeError(`channel: expected a whole number from 1 to 64, got ${choice}`);
  }
  return choice - 1;
}

/** @throws TypeError, RangeError naming a wrong choice */
export function checkTrack(track: TrackChoice | undefined): void {
  if (track === undefined) return;
  if (typeof track === 'string') {
    if (!/^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(track)) {
      throw new TypeError(`track: "${track}": expected a number from 1 or a language such as de or deu`);
    }
  } else if (!Number.isInteger(track) || track < 1) {
    throw new RangeError(`track: expected a whole number from 1 or a language, got ${track}`);
  }
}

/** True when two names of a language mean the same, e.g. `ger` (ISO 639-2/B), `deu` (639-2/T) and `de` (639-1). */
export function isSameLanguage(a: string, b: string): boolean {
  return languageOf(a) === languageOf(b);
}

function languageOf(tag: string): string {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-')).language;
  } catch {
    return tag.toLowerCase();
  }
}
