import { isDeepStrictEqual } from 'node:util';
import type { Span } from '@ecapa/core';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { applyCorrections, type Correction, spliceBetween } from './apply-corrections.js';
import { CorrectionHistory } from './correction-history.js';
import type { Comparison } from './messages.js';
import { labelsMessage, type PageLink } from './page-link.js';
import { NOTHING_SAID, type PersonLabels } from './person-labels.js';
import { ShownLanes } from './shown-lanes.js';
import type { TimelineData, WindowsOfTimeline } from './timeline-data.js';

const NO_WINDOWS: WindowsOfTimeline = {
  centresSeconds: new Float32Array(0),
  probabilities: new Float32Array(0),
};

/** What is seen of a recording: segments with corrections, windows, labels, length. The page is sent what changes. */
export class ShownTimeline {
  readonly #page: PageLink;
  readonly #onChange: () => void;
  /** Where each label can be heard. */
  readonly lanes: ShownLanes;
  #headLabels: readonly string[] = [];
  /** By the head's answer. */
  #found: TimelineSegment[] = [];
  /** Comes after those that were found: it has not ended, or never will when the analysis was cancelled. */
  #growing: TimelineSegment | undefined;
  /** With corrections. */
  #shown: TimelineSegment[] = [];
  /** So many of these are of what was found; the rest, of what is growing. */
  #shownFound = 0;
  #windows: { readonly from: number; readonly windows: WindowsOfTimeline }[] = [];
  #history = new CorrectionHistory(NOTHING_SAID);
  #older = NOTHING_SAID;
  #comparison: Comparison | undefined;
  #durationSeconds = 0;
  /** To be looked at as soon as the page and the analysis are that far. */
  #look: Span | undefined;

  constructor(page: PageLink, onChange: () => void) {
    this.#page = page;
    this.#onChange = onChange;
    this.lanes = new ShownLanes(page);
  }

  /** With corrections. */
  get segments(): readonly TimelineSegment[] {
    return this.#shown;
  }

  /** All of a person's corrections. */
  get said(): PersonLabels {
    return this.#history.current;
  }

  get corrections(): readonly Correction[] {
    return this.said.corrections;
  }

  /** Labels to choose from: the head's, and those that corrections have brought in. */
  get labels(): readonly string[] {
    return [...new Set([...this.#headLabels, ...this.corrections.map(({ label }) => label)])];
  }

  /**
   * Begins anew with labels that were kept; what was undone is forgotten. `older` are those that were made for
   * another content: they are only counted.
   */
  restore(said: PersonLabels, older: PersonLabels = NOTHING_SAID): void {
    this.#older = older;
    this.correct(() => {
      this.#history = new CorrectionHistory(said);
    });
  }

  /** Made for another content of the file. */
  get older(): PersonLabels {
    return this.#older;
  }

  /** Shows labels of another source beside these. */
  compare(comparison: Comparison | undefined): void {
    this.#comparison = comparison;
    this.#page.post({ type: 'comparison', comparison });
  }

  /** Changes a person's corrections as `change` does, and shows what comes of it. */
  correct(change: (history: CorrectionHistory<PersonLabels>) => void): void {
    change(this.#history);
    this.#tellLabels();
    this.#update();
    this.lanes.correct(this.said.heard);
    this.#tellHistory();
  }

  clear(): void {
    this.#found = [];
    this.#growing = undefined;
    this.#windows = [];
    this.#durationSeconds = 0;
    this.#page.post({ type: 'windows', from: 0, ...NO_WINDOWS });
    this.lanes.clear();
    this.#update();
  }

  /** All that an earlier analysis has found. */
  show(data: TimelineData): void {
    this.#windows = [{ from: 0, windows: data.windows }];
    this.setLabels(data.labels);
    this.#found = [...data.segments];
    this.#growing = undefined;
    this.lanes.setLabels(data.tracks === undefined ? undefined : data.labels);
    this.lanes.show(data.tracks);
    this.#update();
  }

  setLabels(labels: readonly string[]): void {
    this.#headLabels = labels;
    this.#tellLabels();
  }

  addSegment(segment: TimelineSegment): void {
    this.#found.push(segment);
    this.#growing = undefined;
    // A correction may reach over several segments: with some, all are laid anew.
    if (this.corrections.length > 0) {
      this.#update();
      return;
    }
    this.#replaceLast(segment);
    this.#shownFound = this.#shown.length;
  }

  /** One that has begun, as far as it goes by now. */
  grow(segment: TimelineSegment): void {
    this.#growing = segment;
    if (this.corrections.length > 0) this.#update();
    else this.#replaceLast(segment);
  }

  addWindows(from: number, windows: WindowsOfTimeline): void {
    this.#windows.push({ from, windows });
    this.#page.post({ type: 'windows', from, ...windows });
  }

  /** What is known to be there only grows until the analysis has the last word. */
  lengthen(seconds: number): void {
    if (seconds > this.#durationSeconds) this.setDuration(seconds);
  }

  setDuration(seconds: number): void {
    this.#durationSeconds = seconds;
    if (seconds > 0) this.#page.post({ type: 'duration', seconds });
    this.#tellLook();
  }

  /** Shows a stretch, once there is a page and the recording is known to reach so far. */
  lookAt(stretch: Span): void {
    this.#look = stretch;
    this.#tellLook();
  }

  sendEverything(): void {
    this.#tellLabels();
    if (this.#durationSeconds > 0) this.#page.post({ type: 'duration', seconds: this.#durationSeconds });
    for (const { from, windows } of this.#windows) this.#page.post({ type: 'windows', from, ...windows });
    this.#page.post({ type: 'segments', from: 0, remove: 0, segments: this.#shown });
    this.lanes.sendEverything();
    this.#tellHistory();
    this.#page.post({ type: 'comparison', comparison: this.#comparison });
    this.#tellLook();
  }

  /** Puts a segment behind those that were found, in place of what had been growing there. */
  #replaceLast(segment: TimelineSegment): void {
    const from = this.#shownFound;
    this.#page.post({ type: 'segments', from, remove: this.#shown.length - from, segments: [segment] });
    this.#shown.splice(from, Infinity, segment);
    this.#onChange();
  }

  /** Lays the corrections over what was found, and sends the page what has become different. */
  #update(): void {
    const before = this.#shown;
    const all = this.#growing === undefined ? this.#found : [...this.#found, this.#growing];
    this.#shown = this.#withKnown(applyCorrections(all, this.corrections), before);
    // Without corrections these are the segments that were found, one by one.
    this.#shownFound = Math.min(this.#found.length, this.#shown.length);
    const { from, remove, items: segments } = spliceBetween(before, this.#shown);
    this.#page.post({ type: 'segments', from, remove, segments });
    this.#onChange();
  }

  /** Segments of corrections that are as before stay the same objects, so that the page is sent what is new alone. */
  #withKnown(segments: TimelineSegment[], before: readonly TimelineSegment[]): TimelineSegment[] {
    const known = new Map(before.map((segment) => [segment.startSeconds, segment]));
    return segments.map((segment) => {
      const old = known.get(segment.startSeconds);
      return old !== undefined && old !== segment && isDeepStrictEqual(old, segment) ? old : segment;
    });
  }

  #tellLabels(): void {
    this.#page.post(labelsMessage(this.labels, this.#headLabels));
  }

  #tellHistory(): void {
    const { canUndo, canRedo } = this.#history;
    const older = this.#older.corrections.length + this.#older.heard.length;
    this.#page.post({ type: 'corrections', canUndo, canRedo, older });
  }

  #tellLook(): void {
    const look = this.#look;
    if (look === undefined || !this.#page.isReady || this.#durationSeconds <= look.startSeconds) return;
    this.#look = undefined;
    this.#page.post({ type: 'look', ...look });
  }
}
