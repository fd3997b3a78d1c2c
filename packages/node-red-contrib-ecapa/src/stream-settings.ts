import { HEARING_RULES, type HearingRule } from '@ecapa/core';
import type { NodeDef } from 'node-red';
import type { Message } from './flow-node.js';
import type { LiveStreamOptions, PcmFormat } from './live-stream.js';
import { namesOf, oneOf, optionalNumber } from './settings.js';

export interface StreamNodeDef extends NodeDef {
  readonly model?: string;
  readonly format?: PcmFormat;
  readonly sampleRate?: string | number;
  readonly channels?: string | number;
  readonly settleSeconds?: string | number;
  readonly everySeconds?: string | number;
  readonly gapSeconds?: string | number;
  readonly bufferSeconds?: string | number;
  readonly segments?: boolean;
  readonly gateLabels?: string;
  readonly gateRule?: HearingRule;
  readonly gateThreshold?: string | number;
  readonly preRollSeconds?: string | number;
  readonly holdSeconds?: string | number;
  readonly eventLabels?: string;
  readonly eventRule?: HearingRule;
  readonly eventThreshold?: string | number;
  readonly holdOffSeconds?: string | number;
  readonly longestSeconds?: string | number;
  readonly eventAudio?: boolean;
  readonly leadSeconds?: string | number;
  readonly tailSeconds?: string | number;
}

export interface StreamSettings extends Omit<LiveStreamOptions, 'startSeconds'> {
  /** A source that is quiet for longer has ended. */
  readonly gapSeconds: number;
  /** Final segments and tracks are sent, too. */
  readonly segments: boolean;
}

/** The audio of an event is held in memory: it cannot be without an end. */
const LONGEST_CLIP_SECONDS = 60;

/** Throws `RangeError` naming the field. */
export function streamSettings(def: StreamNodeDef): StreamSettings {
  const longestSeconds = optionalNumber('longestSeconds', def.longestSeconds, 0, 86_400) ?? 0;
  const hasClip = def.eventAudio === true;
  return {
    sampleRateHz: optionalNumber('sampleRate', def.sampleRate, 1000, 768_000, { whole: true }) ?? 16_000,
    channels: optionalNumber('channels', def.channels, 1, 64, { whole: true }) ?? 1,
    format: oneOf('format', def.format, ['pcm-s16', 'pcm-f32']),
    settleSeconds: optionalNumber('settleSeconds', def.settleSeconds, 0, 600) ?? 1,
    everySeconds: optionalNumber('everySeconds', def.everySeconds, 0, 86_400) ?? 0,
    gapSeconds: optionalNumber('gapSeconds', def.gapSeconds, 0.1, 3600) ?? 5,
    bufferSeconds: optionalNumber('bufferSeconds', def.bufferSeconds, 1, 3600) ?? 30,
    segments: def.segments === true,
    gate: {
      labels: namesOf(def.gateLabels || 'speech'),
      rule: oneOf('gateRule', def.gateRule, HEARING_RULES),
      threshold: optionalNumber('gateThreshold', def.gateThreshold, 0, 1) ?? 0,
      preRollSeconds: optionalNumber('preRollSeconds', def.preRollSeconds, 0, 60) ?? 0.5,
      holdSeconds: optionalNumber('holdSeconds', def.holdSeconds, 0, 60) ?? 0.5,
    },
    events: {
      labels: namesOf(def.eventLabels),
      // Flows from before this setting keep their behaviour.
      rule: oneOf('eventRule', def.eventRule, ['dominant', 'present']),
      threshold: optionalNumber('eventThreshold', def.eventThreshold, 0, 1) ?? 0,
      holdOffSeconds: optionalNumber('holdOffSeconds', def.holdOffSeconds, 0, 3600) ?? 2,
      longestSeconds: hasClip ? Math.min(longestSeconds || LONGEST_CLIP_SECONDS, 600) : longestSeconds,
    },
    clip: hasClip
      ? {
          leadSeconds: optionalNumber('leadSeconds', def.leadSeconds, 0, 60) ?? 1,
          tailSeconds: optionalNumber('tailSeconds', def.tailSeconds, 0, 60) ?? 1,
        }
      : undefined,
  };
}

/** Rate and channels of a chunk: its message's own, or the settings. Throws `RangeError` naming the field. */
export function rateOf(message: Message, settings: Pick<LiveStreamOptions, 'sampleRateHz' | 'channels'>) {
  const whole = { whole: true };
  return {
    sampleRateHz:
      optionalNumber('msg.sampleRate', message.sampleRate, 1000, 768_000, whole) ?? settings.sampleRateHz,
    channels: optionalNumber('msg.channels', message.channels, 1, 64, whole) ?? settings.channels,
  };
}
