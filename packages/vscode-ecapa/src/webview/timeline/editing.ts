import type { PageEdit, PageToHost } from '../../features/timeline/messages.js';
import { LaneEditing } from './lane-editing.js';
import type { Model } from './model.js';
import { leastSure } from './review.js';

export interface EditingOptions {
  readonly model: Model;
  readonly post: (message: PageToHost) => void;
  readonly render: () => void;
  readonly select: (index: number) => void;
  /** Plays the selected range, or else the selected segment. */
  readonly playSegment: () => void;
}

/** What a person can change: labels, boundaries, segments; and the review of what is least sure. */
export class Editing {
  readonly #model: Model;
  readonly #options: EditingOptions;
  /** While a lane is chosen, what is changed is in it. */
  readonly lane: LaneEditing;

  constructor(options: EditingOptions) {
    this.#options = options;
    this.#model = options.model;
    this.lane = new LaneEditing({ ...options, decided: () => this.#decided() });
  }

  /**
   * The selected range, or else the selected segment, is this. Of a segment, its own label confirms it, and what the
   * head had given takes a correction back, as `null` does.
   */
  correct(label: string | null): void {
    const { range, selectedSegment: segment, lane } = this.#model;
    if (lane !== undefined) {
      this.lane.correct(label);
      return;
    }
    if (range !== undefined && label !== null) {
      this.#options.post({ type: 'correct', ...range, label });
      this.#model.selectedSeconds = (range.startSeconds + range.endSeconds) / 2;
      this.setRange(undefined);
      return;
    }
    if (segment === undefined) return;
    const { startSeconds, endSeconds, correctedFrom } = segment;
    if (segment.label === label ? correctedFrom !== undefined : label === null && correctedFrom === undefined)
      return;
    const isTakenBack = label === correctedFrom;
    this.#options.post({ type: 'correct', startSeconds, endSeconds, label: isTakenBack ? null : label });
    if (!isTakenBack && label !== null) this.#decided();
  }

  /** Confirms the label of the selected segment. */
  confirm(): void {
    const { selectedSegment, lane } = this.#model;
    if (lane !== undefined) this.lane.confirm();
    else if (selectedSegment !== undefined) this.correct(selectedSegment.label);
  }

  /** Selects what the head is least sure of, among what nobody has looked at, and plays it. */
  nextLeastSure(): void {
    const { items, selected } = this.#model;
    const next = leastSure(items, selected);
    if (next < 0) return;
    this.#options.select(next);
    this.#options.playSegment();
  }

  toggleReview(): void {
    const model = this.#model;
    model.isReviewing = !model.isReviewing;
    model.decidedAtMs.length = 0;
    if (model.isReviewing) this.nextLeastSure();
    this.#options.render();
  }

  setRange(range: Model['range']): void {
    this.#model.range = range;
    this.#options.render();
  }

  /** A boundary is being moved with the pointer; `undefined` when that has ended. */
  dragBoundary(boundary: Model['movingBoundary']): void {
    this.#model.movingBoundary = boundary;
    this.#options.render();
  }

  moveBoundary(seconds: number, toSeconds: number): void {
    this.#edit({ do: 'moveBoundary', seconds, toSeconds });
  }

  /** Splits at the position, or merges or deletes the selected segment. */
  editSelected(what: 'split' | 'merge' | 'delete'): void {
    const { selectedSeconds, selectedSegment, positionSeconds, lane } = this.#model;
    if (lane !== undefined) {
      if (what === 'merge') this.lane.merge();
      if (what === 'delete') this.lane.remove();
    } else if (what === 'split') this.#edit({ do: 'split', seconds: positionSeconds });
    else if (selectedSegment !== undefined && selectedSeconds !== undefined)
      this.#edit({ do: what, seconds: selectedSeconds });
  }

  #edit(edit: PageEdit): void {
    this.#options.post({ type: 'edit', edit });
  }

  /** In a review, what is decided is followed by the next. */
  #decided(): void {
    if (!this.#model.isReviewing) return;
    this.#model.decidedAtMs.push(performance.now());
    this.nextLeastSure();
  }

  /** The range begins, or ends, at the position. */
  setRangeEnd(end: 'start' | 'end'): void {
    const { range, positionSeconds: at, durationSeconds } = this.#model;
    const startSeconds = end === 'start' ? at : Math.min(range?.startSeconds ?? 0, at);
    const endSeconds = end === 'end' ? at : Math.max(range?.endSeconds ?? durationSeconds, at);
    if (endSeconds > startSeconds) this.setRange({ startSeconds, endSeconds });
  }

  moveBoundaryBy(side: 'start' | 'end', bySeconds: number): void {
    const { selectedSegment: segment, selected, segments, lane } = this.#model;
    if (lane !== undefined) {
      this.lane.moveEndBy(side, bySeconds);
      return;
    }
    const isThere = side === 'start' ? selected > 0 : selected >= 0 && selected < segments.length - 1;
    if (segment === undefined || !isThere) return;
    const seconds = side === 'start' ? segment.startSeconds : segment.endSeconds;
    this.moveBoundary(seconds, Math.max(0, seconds + bySeconds));
  }

  /** A key that no label has does nothing. */
  correctByIndex(index: number): void {
    const label = this.#model.labels[index];
    if (label !== undefined) this.correct(label);
  }
}
