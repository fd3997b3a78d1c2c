import { type Heard, type HearingRule, SILENCE_LABEL } from '@ecapa/core';
import { RESERVED_LABELS } from './verdict.js';

/** Why an event has ended: another class or none, too long, or what became of its source. */
export type EndReason = 'changed' | 'longest' | 'quiet' | 'ended' | 'failed' | 'stopped';

/** A sound has begun, or is over. Seconds are of the stream. */
export type SoundEvent =
  | { readonly type: 'started'; readonly label: string; readonly startSeconds: number }
  | {
      readonly type: 'ended';
      readonly label: string;
      readonly startSeconds: number;
      readonly endSeconds: number;
      readonly durationSeconds: number;
      /** Over its windows: of the verdict, or of the class's presence where that makes the event. */
      readonly peakProbability: number;
      readonly meanProbability: number;
      readonly reason: EndReason;
    };

export interface SoundEventOptions {
  /** `dominant`: one event at a time, of the class that dominates. `present`: one for each class that can be heard. */
  readonly rule: HearingRule;
  /** Classes that make events; empty for all. Silence, unknown and gaps never do. */
  readonly labels: readonly string[];
  /** Least probability of a window that counts. */
  readonly threshold: number;
  /** A class must last so long to begin an event. */
  readonly settleSeconds: number;
  /** An event is over when its class has been away for so long: shorter pauses are part of it. */
  readonly holdOffSeconds: number;
  /** A longer one is ended, and continues as a new one; 0 for no limit. */
  readonly longestSeconds: number;
  /** Length of the audio that a verdict covers, up to the moment it is given. */
  readonly windowSeconds: number;
}

interface Stretch {
  readonly label: string;
  readonly startSeconds: number;
  readonly sinceSeconds: number;
  lastSeconds: number;
  peak: number;
  sum: number;
  count: number;
}

type LabelEventOptions = Omit<SoundEventOptions, 'rule'>;

/**
 * Makes events with a beginning and an end out of what is heard in each window. Pure: the caller passes the time.
 * Without a presence readout, `present` is the same as `dominant`.
 */
export class SoundEvents {
  /** With `present`, each class by itself; otherwise all of them in turn. */
  readonly #byLabel: ReadonlyMap<string, LabelEvents> | undefined;
  readonly #dominant: LabelEvents;

  /** `classes` are those of a head with a presence readout; undefined for one without. */
  constructor(
    { rule, ...options }: SoundEventOptions,
    startSeconds: number,
    classes: readonly string[] | undefined,
  ) {
    this.#dominant = new LabelEvents(options, startSeconds);
    if (rule === 'dominant' || classes === undefined) return;
    const wanted = classes.filter((label) => options.labels.length === 0 || options.labels.includes(label));
    this.#byLabel = new Map(wanted.map((label) => [label, new LabelEvents(options, startSeconds)]));
  }

  /** Where the sound that may be part of an event begins: nothing before it is needed any more. */
  get neededFromSeconds(): number {
    return Math.min(...this.#all.map((events) => events.neededFromSeconds), Number.POSITIVE_INFINITY);
  }

  /** What is heard in the window that ends at `atSeconds`. Of several events, those that end come first. */
  observe(
    atSeconds: number,
    { label, probability = 0, presence, present = [] }: Heard,
  ): readonly SoundEvent[] {
    if (this.#byLabel === undefined) return this.#dominant.observe(atSeconds, label, probability);
    const events = [...this.#byLabel].flatMap(([one, own]) =>
      present.includes(one)
        ? own.observe(atSeconds, one, presence?.[one] ?? 0)
        : own.observe(atSeconds, SILENCE_LABEL, 0),
    );
    return endsFirst(events);
  }

  /** No more audio: what lasts is over at `atSeconds`, where the sound ended or was cut off. */
  end(atSeconds: number, reason: EndReason): readonly SoundEvent[] {
    return this.#all.flatMap((events) => events.end(atSeconds, reason));
  }

  get #all(): readonly LabelEvents[] {
    return this.#byLabel === undefined ? [this.#dominant] : [...this.#byLabel.values()];
  }
}

function endsFirst(events: readonly SoundEvent[]): readonly SoundEvent[] {
  const isStart = ({ type }: SoundEvent): number => Number(type === 'started');
  return events.toSorted((a, b) => isStart(a) - isStart(b));
}

/** Events that follow one another, of a label for each window. */
class LabelEvents {
  readonly #options: LabelEventOptions;
  #current: Stretch | undefined;
  #candidate: Stretch | undefined;
  /** Where the stream began, until its first verdict: that one covers everything before it. */
  #beginSeconds: number | undefined;

  constructor(options: LabelEventOptions, startSeconds: number) {
    this.#options = options;
    this.#beginSeconds = startSeconds;
  }

  /** Where the sound that may be part of an event begins: nothing before it is needed any more. */
  get neededFromSeconds(): number {
    return Math.min(
      this.#current?.startSeconds ?? Number.POSITIVE_INFINITY,
      this.#candidate?.startSeconds ?? Number.POSITIVE_INFINITY,
    );
  }

  /** The verdict on the window that ends at `atSeconds`. */
  observe(atSeconds: number, label: string, probability: number): readonly SoundEvent[] {
    const { labels, threshold, settleSeconds, holdOffSeconds, longestSeconds, windowSeconds } = this.#options;
    const counts =
      !RESERVED_LABELS.has(label) &&
      probability >= threshold &&
      (labels.length === 0 || labels.includes(label));
    // A verdict applies to the middle of its window.
    const startSeconds = this.#beginSeconds ?? atSeconds - windowSeconds / 2;
    this.#beginSeconds = undefined;
    const events: SoundEvent[] = [];
    const current = this.#current;
    if (counts && label === current?.label) {
      extend(current, atSeconds, probability);
      this.#candidate = undefined;
      if (longestSeconds > 0 && atSeconds - current.startSeconds >= longestSeconds) {
        events.push(
          ...this.end(atSeconds, 'longest'),
          this.#begin(begun(label, atSeconds, atSeconds, probability)),
        );
      }
      return events;
    }
    if (!counts) this.#candidate = undefined;
    else if (this.#candidate?.label === label) extend(this.#candidate, atSeconds, probability);
    else this.#candidate = begun(label, startSeconds, atSeconds, probability);
    const next = this.#candidate;
    const hasSettled = next !== undefined && atSeconds - next.sinceSeconds >= settleSeconds;
    if (current !== undefined && (hasSettled || atSeconds - current.lastSeconds >= holdOffSeconds)) {
      const endSeconds = current.lastSeconds - windowSeconds / 2;
      events.push(...this.#finish(Math.min(endSeconds, next?.startSeconds ?? endSeconds), 'changed'));
    }
    if (hasSettled && next !== undefined) events.push(this.#begin(next));
    return events;
  }

  /** No more verdicts: what lasts is over at `atSeconds`, where the sound ended or was cut off. */
  end(atSeconds: number, reason: EndReason): readonly SoundEvent[] {
    const current = this.#current;
    if (current === undefined) return [];
    const lasts =
      this.#candidate === undefined && atSeconds - current.lastSeconds < this.#options.windowSeconds;
    return this.#finish(lasts ? atSeconds : current.lastSeconds - this.#options.windowSeconds / 2, reason);
  }

  #begin(stretch: Stretch): SoundEvent {
    this.#current = stretch;
    this.#candidate = undefined;
    return { type: 'started', label: stretch.label, startSeconds: stretch.startSeconds };
  }

  #finish(atSeconds: number, reason: EndReason): readonly SoundEvent[] {
    const current = this.#current;
    if (current === undefined) return [];
    this.#current = undefined;
    const { label, startSeconds, peak, sum, count } = current;
    const endSeconds = Math.max(startSeconds, atSeconds);
    return [
      {
        type: 'ended',
        label,
        startSeconds,
        endSeconds,
        durationSeconds: endSeconds - startSeconds,
        peakProbability: peak,
        meanProbability: sum / count,
        reason,
      },
    ];
  }
}

function begun(label: string, startSeconds: number, atSeconds: number, probability: number): Stretch {
  return {
    label,
    startSeconds,
    sinceSeconds: atSeconds,
    lastSeconds: atSeconds,
    peak: probability,
    sum: probability,
    count: 1,
  };
}

function extend(stretch: Stretch, atSeconds: number, probability: number): void {
  stretch.lastSeconds = atSeconds;
  stretch.peak = Math.max(stretch.peak, probability);
  stretch.sum += probability;
  stretch.count++;
}
