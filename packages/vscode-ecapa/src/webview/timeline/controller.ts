import type { PageToHost } from '../../features/timeline/messages.js';
import { Editing } from './editing.js';
import { segmentAt, stepFrom } from './find.js';
import type { Command } from './keyboard.js';
import type { Order } from './listing.js';
import type { Model } from './model.js';
import { Player } from './player.js';
import { runCommand } from './run-command.js';
import { around, fit, reveal, scroll, zoom } from './viewport.js';

export interface ControllerOptions {
  readonly model: Model;
  readonly post: (message: PageToHost) => void;
  /** Draws everything anew, soon. */
  readonly render: () => void;
  /** Only the position has changed. */
  readonly renderPosition: () => void;
  /** Announces to screen readers which segment is selected now. */
  readonly announceSelection: () => void;
  /** Announces to screen readers which lane is worked on now. */
  readonly announceLane: () => void;
}

/** What a person can do, by key, button or pointer. */
export class Controller {
  readonly #model: Model;
  readonly #options: ControllerOptions;
  readonly #player: Player;
  readonly editing: Editing;
  /** Set by the views that own what is to be shown. */
  focusCorrection: () => void = () => undefined;
  toggleHelp: (isOpen?: boolean) => void = () => undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#player = new Player(
      {
        onPosition: (seconds) => {
          const { model } = options;
          model.positionSeconds = seconds;
          const { startSeconds, endSeconds } = model.view;
          // The picture follows what is heard.
          if (model.isPlaying && (seconds > endSeconds || seconds < startSeconds)) {
            model.view = reveal(model.view, seconds, model.durationSeconds);
            options.render();
          } else options.renderPosition();
        },
        onPlaying: (isPlaying) => {
          options.model.isPlaying = isPlaying;
          options.render();
        },
        onWaiting: (isWaiting) => {
          options.model.isWaitingToPlay = isWaiting;
          options.render();
        },
        onPartsWanted: () => options.post({ type: 'preparePlayback' }),
        onCannotPlay: () => options.post({ type: 'cannotPlay' }),
      },
      options.model.positionSeconds,
    );
    this.#player.speed = options.model.speed;
    this.editing = new Editing({
      ...options,
      select: (index) => this.select(index),
      playSegment: () => this.playSegment(),
    });
  }

  post(message: PageToHost): void {
    this.#options.post(message);
  }

  /** The host has sent what is to be played. */
  playbackChanged(): void {
    this.#player.setSource(this.#model.playback);
  }

  run(command: Command): void {
    runCommand(command, this, this.#model);
  }

  togglePlay(): void {
    const { isPlaying, isWaitingToPlay, isLooping, selectedSegment, range } = this.#model;
    const { positionSeconds, durationSeconds } = this.#model;
    if (isPlaying || isWaitingToPlay) this.pause();
    else if (isLooping && (range ?? selectedSegment) !== undefined) this.playSegment();
    else this.#player.play(positionSeconds >= durationSeconds - 0.01 ? 0 : positionSeconds);
  }

  /** Also what is still being waited for is not played then. */
  pause(): void {
    this.#player.pause();
  }

  /** The selected range, or else the selected segment. */
  playSegment(): void {
    const { selectedSegment, range, isLooping } = this.#model;
    const span = range ?? selectedSegment;
    if (span !== undefined) this.#player.playStretch(span, isLooping);
  }

  toggleLoop(): void {
    const model = this.#model;
    model.isLooping = !model.isLooping;
    if (model.isPlaying) this.#player.setLoop(model.isLooping ? model.selectedSegment : undefined);
    this.#options.render();
  }

  setSpeed(speed: number): void {
    this.#model.speed = speed;
    this.#player.speed = speed;
    this.#options.render();
  }

  /** Goes there, and looks there. */
  seek(seconds: number): void {
    const { durationSeconds, view } = this.#model;
    const within = Math.min(Math.max(0, seconds), durationSeconds);
    this.#player.seek(within);
    this.#model.view = reveal(view, within, durationSeconds);
    this.#options.render();
  }

  /** Selects a segment and shows it; -1 selects none. */
  select(index: number): void {
    const model = this.#model;
    model.select(index);
    const segment = model.selectedSegment;
    if (segment !== undefined) {
      if (!model.isPlaying) this.#player.seek(segment.startSeconds);
      model.view = reveal(model.view, segment.startSeconds, model.durationSeconds);
      this.#options.announceSelection();
    }
    this.#options.render();
  }

  selectAt(seconds: number): void {
    this.#model.select(segmentAt(this.#model.items, seconds));
    this.#options.announceSelection();
    this.#options.render();
  }

  zoomBy(factor: number, aroundSeconds?: number): void {
    const { view, positionSeconds, durationSeconds } = this.#model;
    const isShown = positionSeconds >= view.startSeconds && positionSeconds <= view.endSeconds;
    const middle = (view.startSeconds + view.endSeconds) / 2;
    const centre = aroundSeconds ?? (isShown ? positionSeconds : middle);
    this.#model.view = zoom(view, factor, centre, durationSeconds);
    this.#options.render();
  }

  zoomFit(): void {
    this.#model.view = fit(this.#model.durationSeconds);
    this.#options.render();
  }

  zoomSegment(): void {
    const { selectedSegment: segment, durationSeconds } = this.#model;
    if (segment === undefined) return;
    this.#model.view = around(segment.startSeconds, segment.endSeconds, durationSeconds);
    this.#options.render();
  }

  /** Shows a stretch, goes to its beginning and selects the segment that it is of. */
  lookAt(startSeconds: number, endSeconds: number): void {
    this.seek(startSeconds);
    this.#model.view = around(startSeconds, endSeconds, this.#model.durationSeconds);
    this.selectAt((startSeconds + endSeconds) / 2);
  }

  scrollBy(seconds: number): void {
    this.#model.view = scroll(this.#model.view, seconds, this.#model.durationSeconds);
    this.#options.render();
  }

  /** Looks at what is around a moment. */
  centreOn(seconds: number): void {
    const { startSeconds, endSeconds } = this.#model.view;
    this.scrollBy(seconds - (startSeconds + endSeconds) / 2);
  }

  setOrder(order: Order): void {
    this.#model.setOrder(order);
    this.#options.render();
  }

  toggleLabel(label: string): void {
    const hidden = new Set(this.#model.hidden);
    if (!hidden.delete(label)) hidden.add(label);
    this.#model.setHidden(hidden);
    this.#options.render();
  }

  toggleSpectrogram(): void {
    this.#model.hasSpectrogram = !this.#model.hasSpectrogram;
    this.#options.render();
  }

  /** The spectrogram's frequencies lie as they are heard, or evenly. */
  toggleFrequencyScale(): void {
    const { spectrum } = this.#model;
    spectrum.scale = spectrum.scale === 'mel' ? 'linear' : 'mel';
    this.#options.render();
  }

  toggleLanes(): void {
    this.#model.hasLanes = !this.#model.hasLanes;
    this.setLane(undefined);
  }

  /** Works on a lane from now on; undefined: on the segments. */
  setLane(lane: string | undefined): void {
    const model = this.#model;
    model.setLane(lane);
    this.#options.announceLane();
    this.#options.render();
  }

  stepLane(by: -1 | 1): void {
    const { lane, hasLanes, lanes } = this.#model;
    const places = [undefined, ...(hasLanes ? lanes.labels : [])];
    this.setLane(places[(places.indexOf(lane) + by + places.length) % places.length]);
  }

  stepInTime(by: -1 | 1): void {
    const { selected, items, positionSeconds } = this.#model;
    this.select(stepFrom(items, selected, positionSeconds, by));
  }

  stepInList(by: -1 | 1): void {
    const { listed, selected } = this.#model;
    const place = listed.indexOf(selected);
    const next = place < 0 ? (by > 0 ? 0 : listed.length - 1) : place + by;
    this.select(listed[Math.min(Math.max(0, next), listed.length - 1)] ?? -1);
  }
}
