import type { ChannelChoice, TrackChoice } from '@ecapa/core';
import { optionalNumber } from './settings.js';

/** Which of a recording's audio is heard. */
export interface AudioChoice {
  /** Each channel is heard by itself. */
  readonly isEach: boolean;
  readonly options: { readonly channel?: ChannelChoice; readonly track?: TrackChoice };
}

/**
 * The settings in the form that a job takes: the mix of all channels, `left`, `right`, a number from 1, or `each`; and a
 * track by number from 1 or by language. Throws RangeError naming the field.
 */
export function audioChoice(channel: unknown, track: unknown): AudioChoice {
  const isEach = channel === 'each';
  const one = isEach ? undefined : channelOf(channel);
  const chosenTrack = trackOf(track);
  return {
    isEach,
    options: {
      ...(one !== undefined && { channel: one }),
      ...(chosenTrack !== undefined && { track: chosenTrack }),
    },
  };
}

function channelOf(channel: unknown): ChannelChoice | undefined {
  if (channel === 'mix' || channel === 'left' || channel === 'right') return channel;
  return optionalNumber('channel (mix, left, right, each or a number)', channel, 1, 64, { whole: true });
}

function trackOf(track: unknown): TrackChoice | undefined {
  if (typeof track === 'string' && /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(track)) return track;
  return optionalNumber('track (a language such as de, or a number)', track, 1, 1000, { whole: true });
}
