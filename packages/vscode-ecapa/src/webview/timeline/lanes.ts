import type { TimelineSegment } from '@ecapa/core/timeline';
import type { HeardSpan } from '../../features/timeline/heard.js';
import { segmentAt } from './find.js';

/** What can be selected, listed and edited: a segment, or a stretch of a lane. */
export type Item = TimelineSegment & {
  /** A stretch in which the label can be heard. */
  readonly isHeard?: true;
};

/** Where each label can be heard: a lane for each. */
export class Lanes {
  labels: readonly string[] = [];
  readonly #spans = new Map<string, readonly HeardSpan[]>();
  readonly #items = new Map<string, readonly Item[]>();

  /** `remove` stretches from index `from` on give way to `spans`. */
  receive(label: string, from: number, remove: number, spans: readonly HeardSpan[]): void {
    const before = this.spans(label);
    this.#spans.set(label, [...before.slice(0, from), ...spans, ...before.slice(from + remove)]);
    this.#items.delete(label);
  }

  spans(label: string): readonly HeardSpan[] {
    return this.#spans.get(label) ?? [];
  }

  /** The stretches of a lane in the form that lists and details take; `correctedFrom` where a person was. */
  items(label: string): readonly Item[] {
    let items = this.#items.get(label);
    if (items === undefined) {
      items = this.spans(label).map(({ startSeconds, endSeconds, probability, isCorrected }) => ({
        ...{ label, startSeconds, endSeconds, probability, probabilities: {}, presence: {} },
        ...(isCorrected && { correctedFrom: label }),
        isHeard: true,
      }));
      this.#items.set(label, items);
    }
    return items;
  }

  /** Labels that can be heard at a moment. */
  heardAt(seconds: number): readonly string[] {
    return this.labels.filter((label) => segmentAt(this.spans(label), seconds) >= 0);
  }
}
