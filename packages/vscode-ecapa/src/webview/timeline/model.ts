import type { FrequencyScale } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type {
  AnalysisStatus,
  Comparison,
  HostToPage,
  PageToHost,
  PlaybackStatus,
} from '../../features/timeline/messages.js';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import { segmentAt } from './find.js';
import { type Item, Lanes } from './lanes.js';
import { listed, type Order, totals } from './listing.js';
import { PeakTiles } from './peak-tiles.js';
import { SpectrumTiles } from './spectrum-tiles.js';
import { clamp, fit, type View } from './viewport.js';
import { WindowCurves } from './window-curves.js';

/** What outlives the page: the editor unloads it whenever it is hidden. */
export interface SavedState {
  readonly view?: View;
  readonly positionSeconds?: number;
  readonly selectedSeconds?: number;
  readonly speed?: number;
  readonly isLooping?: boolean;
  readonly order?: Order;
  readonly hidden?: readonly string[];
  readonly hasSpectrogram?: boolean;
  readonly frequencyScale?: FrequencyScale;
  readonly hasLanes?: boolean;
  readonly lane?: string;
}

/** All that the page knows. Views read it; `main` changes it. */
export class Model {
  readonly peaks: PeakTiles;
  readonly spectrum: SpectrumTiles;
  readonly curves = new WindowCurves();
  /** Where each label can be heard. */
  readonly lanes = new Lanes();
  name = '';
  locale = 'en';
  strings: PageStrings | undefined;
  labels: readonly string[] = [];
  headLabels: readonly string[] = [];
  colours: Readonly<Record<string, string>> = {};
  durationSeconds = 0;
  status: AnalysisStatus = { state: 'starting' };
  segments: readonly TimelineSegment[] = [];
  playback: PlaybackStatus | undefined;
  /** A span that a person has selected, whatever segments there are. */
  range: { readonly startSeconds: number; readonly endSeconds: number } | undefined;
  /** A boundary that is being moved. */
  movingBoundary: { readonly seconds: number; readonly toSeconds: number } | undefined;
  /** So many labels were made for another content. */
  older = 0;
  comparison: Comparison | undefined;
  /** Shown below the waveform. */
  hasSpectrogram: boolean;
  /** Lanes are shown, where there are any. */
  hasLanes: boolean;
  #lane: string | undefined;
  /** What is least sure is looked through, one after the other. */
  isReviewing = false;
  /** Times of decisions in this review, by the page's clock. */
  readonly decidedAtMs: number[] = [];
  canUndo = false;
  canRedo = false;
  isFileThere = true;

  positionSeconds: number;
  isPlaying = false;
  /** What is to be heard is being prepared. */
  isWaitingToPlay = false;
  speed: number;
  isLooping: boolean;
  order: Order;
  hidden: ReadonlySet<string>;
  /** A moment within the selected segment: stays true when segments come and go. */
  selectedSeconds: number | undefined;
  /** Undefined: the whole recording, however long it turns out to be. */
  #view: View | undefined;
  #listed: number[] | undefined;

  constructor(saved: SavedState, post: (message: PageToHost) => void) {
    this.peaks = new PeakTiles((level, tile) => post({ type: 'peaks', level, tile }));
    this.spectrum = new SpectrumTiles(saved.frequencyScale ?? 'mel', (scale, level, tile) =>
      post({ type: 'spectrum', scale, level, tile }),
    );
    this.#view = saved.view;
    this.positionSeconds = saved.positionSeconds ?? 0;
    this.selectedSeconds = saved.selectedSeconds;
    this.speed = saved.speed ?? 1;
    this.isLooping = saved.isLooping ?? false;
    this.order = saved.order ?? 'time';
    this.hidden = new Set(saved.hidden ?? []);
    this.hasSpectrogram = saved.hasSpectrogram ?? false;
    this.hasLanes = saved.hasLanes ?? true;
    this.#lane = saved.lane;
  }

  get saved(): SavedState {
    const { positionSeconds, selectedSeconds, speed, isLooping, order, hidden, hasSpectrogram } = this;
    const { hasLanes } = this;
    const frequencyScale = this.spectrum.scale;
    return {
      ...(this.#view === undefined ? {} : { view: this.#view }),
      ...(selectedSeconds === undefined ? {} : { selectedSeconds }),
      ...(this.#lane === undefined ? {} : { lane: this.#lane }),
      ...{ positionSeconds, speed, isLooping, order, hidden: [...hidden], hasSpectrogram, hasLanes },
      frequencyScale,
    };
  }

  get view(): View {
    return this.#view === undefined ? fit(this.durationSeconds) : clamp(this.#view, this.durationSeconds);
  }

  set view(view: View) {
    const whole = fit(this.durationSeconds);
    const isWhole = view.startSeconds <= 0 && view.endSeconds >= whole.endSeconds;
    this.#view = isWhole ? undefined : view;
  }

  /** Up to here the head has spoken. */
  get analysedSeconds(): number {
    if (this.status.state === 'done') return this.durationSeconds;
    return this.segments.at(-1)?.endSeconds ?? 0;
  }

  /** The lane that is worked on; undefined: the segments are. */
  get lane(): string | undefined {
    const lane = this.#lane;
    return this.hasLanes && lane !== undefined && this.lanes.labels.includes(lane) ? lane : undefined;
  }

  setLane(lane: string | undefined): void {
    this.#lane = lane;
    this.#listed = undefined;
  }

  /** What is selected, listed and edited: the segments, or the stretches of the chosen lane. */
  get items(): readonly Item[] {
    return this.lane === undefined ? this.segments : this.lanes.items(this.lane);
  }

  /** Index of the selected item, -1 for none. */
  get selected(): number {
    return this.selectedSeconds === undefined ? -1 : segmentAt(this.items, this.selectedSeconds);
  }

  get selectedSegment(): Item | undefined {
    return this.items[this.selected];
  }

  /** Indices of the items in the list, in its order. */
  get listed(): readonly number[] {
    // A lane has one label, which is not filtered.
    this.#listed ??= listed(this.items, this.order, this.lane === undefined ? this.hidden : new Set());
    return this.#listed;
  }

  get totals() {
    return totals(this.segments);
  }

  select(index: number): void {
    const segment = this.items[index];
    this.selectedSeconds = segment && (segment.startSeconds + segment.endSeconds) / 2;
  }

  setOrder(order: Order): void {
    this.order = order;
    this.#listed = undefined;
  }

  setHidden(hidden: ReadonlySet<string>): void {
    this.hidden = hidden;
    this.#listed = undefined;
  }

  receive(message: HostToPage): void {
    switch (message.type) {
      case 'open':
        this.name = message.name;
        this.locale = message.locale;
        this.strings = message.strings;
        return;
      case 'labels':
        this.labels = message.labels;
        this.headLabels = message.headLabels;
        this.colours = message.colours;
        this.curves.setLabelCount(message.headLabels.length);
        return;
      case 'duration':
        this.durationSeconds = message.seconds;
        return;
      case 'status':
        this.status = message.status;
        return;
      case 'segments': {
        const { from, remove, segments } = message;
        this.segments = [...this.segments.slice(0, from), ...segments, ...this.segments.slice(from + remove)];
        this.#listed = undefined;
        return;
      }
      case 'lanes':
        this.lanes.labels = message.labels;
        this.#listed = undefined;
        return;
      case 'lane': {
        const { label, from, remove, spans } = message;
        this.lanes.receive(label, from, remove, spans);
        this.#listed = undefined;
        return;
      }
      case 'windows':
        this.curves.receive(message.from, message.centresSeconds, message.probabilities);
        return;
      case 'peaksReady':
        this.peaks.setReady(message.seconds);
        this.spectrum.setReady(message.seconds);
        return;
      case 'peaks':
        this.peaks.receive(message.level, message.tile, message.pairs);
        return;
      case 'spectrum':
        this.spectrum.receive(message.scale, message.level, message.tile, message.bands);
        return;
      case 'playback':
        this.playback = message.playback;
        return;
      case 'corrections':
        this.canUndo = message.canUndo;
        this.canRedo = message.canRedo;
        this.older = message.older;
        return;
      case 'comparison':
        this.comparison = message.comparison;
        return;
      case 'togglePlay': // the controller's
      case 'look':
        return;
      case 'file':
        this.isFileThere = message.isThere;
        return;
    }
  }
}
