import { SHORTEST_SECONDS } from '../../features/timeline/edits.js';
import type { HeardEdit } from '../../features/timeline/heard.js';
import type { PageToHost } from '../../features/timeline/messages.js';
import type { Model } from './model.js';

export interface LaneEditingOptions {
  readonly model: Model;
  readonly post: (message: PageToHost) => void;
  readonly render: () => void;
  /** Something was decided: in a review the next one follows. */
  readonly decided: () => void;
}

/** What a person can change in the chosen lane. Segments stay what they are. */
export class LaneEditing {
  readonly #options: LaneEditingOptions;

  constructor(options: LaneEditingOptions) {
    this.#options = options;
  }

  get #model(): Model {
    return this.#options.model;
  }

  /**
   * `label` can be heard in the selected range. Without one: the selected stretch is of that label, not of this lane's;
   * the lane's own label confirms it, `null` takes back its correction.
   */
  correct(label: string | null): void {
    const { lane, range, selectedSegment } = this.#model;
    const span = label === null ? selectedSegment : (range ?? selectedSegment);
    if (lane === undefined || span === undefined) return;
    const { startSeconds, endSeconds } = span;
    const edit = (name: string, isHeard: boolean | null): HeardEdit => ({
      ...{ startSeconds, endSeconds, label: name, isHeard },
    });
    if (label === null) this.#post([edit(lane, null)]);
    else if (range !== undefined || label === lane) this.#post([edit(label, true)]);
    else this.#post([edit(lane, false), edit(label, true)]);
    if (label === null) return;
    this.#goTo(label, (startSeconds + endSeconds) / 2);
    if (range === undefined) this.#options.decided();
  }

  /** The lane's label can be heard in the selected range, or else in the selected stretch. */
  confirm(): void {
    const { lane } = this.#model;
    if (lane !== undefined) this.correct(lane);
  }

  /** It cannot be heard in the selected range, or else in the selected stretch. */
  remove(): void {
    const { lane, range, selectedSegment } = this.#model;
    const span = range ?? selectedSegment;
    if (lane === undefined || span === undefined) return;
    const { startSeconds, endSeconds } = span;
    this.#post([{ startSeconds, endSeconds, label: lane, isHeard: false }]);
    this.#model.range = undefined;
    if (range === undefined) this.#options.decided();
    this.#options.render();
  }

  /** It can be heard up to the next stretch as well. */
  merge(): void {
    const { lane, items, selected, selectedSegment } = this.#model;
    const next = items[selected + 1];
    if (lane === undefined || selectedSegment === undefined || next === undefined) return;
    const [startSeconds, endSeconds] = [selectedSegment.endSeconds, next.startSeconds];
    this.#post([{ startSeconds, endSeconds, label: lane, isHeard: true }]);
  }

  /** Moves the start or the end of the stretch at a moment of a lane, no further than its other end. */
  moveEnd(lane: string, index: number, side: 'start' | 'end', toSeconds: number): void {
    const span = this.#model.lanes.spans(lane)[index];
    if (span === undefined) return;
    const to =
      side === 'start'
        ? Math.max(0, Math.min(toSeconds, span.endSeconds - SHORTEST_SECONDS))
        : Math.min(this.#model.durationSeconds, Math.max(toSeconds, span.startSeconds + SHORTEST_SECONDS));
    const from = side === 'start' ? span.startSeconds : span.endSeconds;
    const isHeard = side === 'start' ? to < from : to > from;
    const [startSeconds, endSeconds] = [Math.min(from, to), Math.max(from, to)];
    if (endSeconds > startSeconds) this.#post([{ startSeconds, endSeconds, label: lane, isHeard }]);
  }

  /** The same for the selected stretch, by so much. */
  moveEndBy(side: 'start' | 'end', bySeconds: number): void {
    const { lane, selected, selectedSegment } = this.#model;
    if (lane === undefined || selectedSegment === undefined) return;
    const from = side === 'start' ? selectedSegment.startSeconds : selectedSegment.endSeconds;
    this.moveEnd(lane, selected, side, from + bySeconds);
  }

  #goTo(label: string, seconds: number): void {
    const model = this.#model;
    if (model.lanes.labels.includes(label)) model.setLane(label);
    model.selectedSeconds = seconds;
    model.range = undefined;
    this.#options.render();
  }

  #post(edits: readonly HeardEdit[]): void {
    this.#options.post({ type: 'editHeard', edits });
  }
}
