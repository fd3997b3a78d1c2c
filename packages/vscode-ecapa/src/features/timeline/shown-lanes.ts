import type { PresenceTrack, Tracks } from '@ecapa/core/timeline';
import { spliceBetween } from './apply-corrections.js';
import { applyHeard, type HeardCorrection, type HeardSpan } from './heard.js';
import type { PageLink } from './page-link.js';

/** Where each label can be heard: a lane for each, with a person's corrections. The page is sent what changes. */
export class ShownLanes {
  readonly #page: PageLink;
  /** The head's; undefined for a head that does not know what can be heard. */
  #headLabels: readonly string[] | undefined;
  #found = new Map<string, PresenceTrack[]>();
  #heard: readonly HeardCorrection[] = [];
  #shown = new Map<string, readonly HeardSpan[]>();

  constructor(page: PageLink) {
    this.#page = page;
  }

  /** Labels with a lane: the head's, and those that a person has corrected. */
  get labels(): readonly string[] {
    return [...new Set([...(this.#headLabels ?? []), ...this.#heard.map(({ label }) => label)])];
  }

  /** With a person's corrections; undefined where there are no lanes. */
  get tracks(): Readonly<Record<string, readonly HeardSpan[]>> | undefined {
    const { labels } = this;
    if (labels.length === 0) return undefined;
    return Object.fromEntries(labels.map((label) => [label, this.#shown.get(label) ?? []]));
  }

  setLabels(labels: readonly string[] | undefined): void {
    this.#headLabels = labels;
    this.#tellLabels();
  }

  /** A stretch has ended. */
  add(track: PresenceTrack): void {
    const { label } = track;
    this.#found.set(label, [...(this.#found.get(label) ?? []), track]);
    this.#update(label);
  }

  /** All that an earlier analysis has found. */
  show(tracks: Tracks | undefined): void {
    this.#found = new Map(
      Object.entries(tracks ?? {}).map(([label, spans]) => [
        label,
        spans.map((span) => ({ ...span, label })),
      ]),
    );
    this.#updateAll();
  }

  clear(): void {
    this.#found.clear();
    this.#updateAll();
  }

  correct(heard: readonly HeardCorrection[]): void {
    if (heard === this.#heard) return;
    this.#heard = heard;
    this.#tellLabels();
    this.#updateAll();
  }

  sendEverything(): void {
    this.#tellLabels();
    for (const [label, spans] of this.#shown)
      this.#page.post({ type: 'lane', label, from: 0, remove: 0, spans });
  }

  #updateAll(): void {
    for (const label of new Set([...this.#shown.keys(), ...this.#found.keys(), ...this.labels]))
      this.#update(label);
  }

  #update(label: string): void {
    const before = this.#shown.get(label) ?? [];
    const own = this.#heard.filter((one) => one.label === label);
    const after = applyHeard(this.#found.get(label) ?? [], own);
    this.#shown.set(label, after);
    const { from, remove, items } = spliceBetween(before, after);
    if (remove > 0 || items.length > 0)
      this.#page.post({ type: 'lane', label, from, remove, spans: items.map(plain) });
  }

  #tellLabels(): void {
    this.#page.post({ type: 'lanes', labels: this.labels });
  }
}

function plain({ startSeconds, endSeconds, probability, isCorrected }: HeardSpan): HeardSpan {
  return { startSeconds, endSeconds, probability, ...(isCorrected && { isCorrected }) };
}
