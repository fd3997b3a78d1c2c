import { partAt, partName, partSeconds, partStart } from '@ecapa/core/page';
import type { PlaybackStatus } from '../../features/timeline/messages.js';
import { audioElement, playFrom, release, type Sound, type SoundEvents } from './sound.js';

export type Parts = Extract<PlaybackStatus, { kind: 'parts' }>;

export interface PartsSoundEvents extends SoundEvents {
  /** All parts are wanted. */
  readonly onWanted: () => void;
  /** What is to be heard is not there yet; or it is now. */
  readonly onWaiting: (isWaiting: boolean) => void;
}

/** Before a part ends the next one is fetched. Not sooner: it is 2 MB, and who looks around hears few parts to their end. */
const FETCH_AHEAD_SECONDS = 20;

interface Playing {
  readonly part: number;
  readonly audio: HTMLAudioElement;
}

/**
 * A recording in parts that overlap. While one sounds the next is fetched, and takes over within the overlap: the
 * first is only stopped when the second sounds.
 */
export class PartsSound implements Sound {
  readonly #events: PartsSoundEvents;
  #parts: Parts;
  #speed: number;
  #current: Playing | undefined;
  #next: Playing | undefined;
  #isTakingOver = false;
  /** Where to begin as soon as that part is there. */
  #wantedSeconds: number | undefined;

  constructor(parts: Parts, speed: number, events: PartsSoundEvents) {
    this.#parts = parts;
    this.#speed = speed;
    this.#events = events;
  }

  /** More parts are there. */
  update(parts: Parts): void {
    this.#parts = parts;
    if (this.#wantedSeconds !== undefined) this.#start(this.#wantedSeconds);
  }

  get heardSeconds(): number | undefined {
    if (this.#current === undefined || this.#wantedSeconds !== undefined) return undefined;
    const { part, audio } = this.#current;
    if (audio.seeking || audio.readyState === 0) return undefined;
    const seconds = audio.currentTime;
    const ownSeconds = partSeconds(part);
    if (seconds >= ownSeconds) this.#takeOver(part, seconds - ownSeconds);
    return partStart(part) + seconds;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    this.#speed = speed;
    for (const playing of [this.#current, this.#next]) {
      if (playing === undefined) continue;
      playing.audio.defaultPlaybackRate = speed;
      playing.audio.playbackRate = speed;
    }
  }

  play(fromSeconds: number): void {
    if (!this.#parts.isComplete) this.#events.onWanted();
    this.#start(fromSeconds);
  }

  #start(fromSeconds: number): void {
    this.#stayWithCurrent();
    const part = this.#partAt(fromSeconds);
    if (part === undefined) {
      this.#wantedSeconds = fromSeconds;
      this.#current?.audio.pause();
      this.#events.onWaiting(true);
      return;
    }
    if (this.#wantedSeconds !== undefined) this.#events.onWaiting(false);
    this.#wantedSeconds = undefined;
    if (this.#current?.part !== part) this.#become(this.#fetched(part));
    const { audio } = this.#current ?? this.#become(this.#fetched(part));
    playFrom(audio, fromSeconds - partStart(part), () => this.#events.onSounding(false));
  }

  pause(): void {
    if (this.#wantedSeconds !== undefined) this.#events.onWaiting(false);
    this.#wantedSeconds = undefined;
    this.#current?.audio.pause();
    this.#stayWithCurrent();
  }

  seek(seconds: number): void {
    const isSounding = this.#current?.audio.paused === false;
    if (isSounding || this.#wantedSeconds !== undefined) this.play(seconds);
  }

  dispose(): void {
    for (const playing of [this.#current, this.#next]) this.#silence(playing);
    this.#current = undefined;
    this.#next = undefined;
    this.#wantedSeconds = undefined;
  }

  /** Undefined while it may still come. */
  #partAt(seconds: number): number | undefined {
    const { readyParts, isComplete } = this.#parts;
    const part = partAt(seconds, isComplete ? readyParts : Number.POSITIVE_INFINITY);
    return part < readyParts && part >= 0 ? part : undefined;
  }

  #fetched(part: number): Playing {
    if (this.#next?.part === part) {
      const next = this.#next;
      this.#next = undefined;
      return next;
    }
    return { part, audio: audioElement(`${this.#parts.folderUrl}/${partName(part)}`, this.#speed) };
  }

  /** This one is listened to from now on; the one before falls silent. */
  #become(playing: Playing): Playing {
    this.#isTakingOver = false;
    const before = this.#current;
    this.#current = playing;
    this.#silence(before);
    if (this.#next?.part !== playing.part + 1) {
      this.#silence(this.#next);
      this.#next = undefined;
    }
    const { audio, part } = playing;
    audio.onplaying = () => this.#events.onSounding(true);
    audio.ontimeupdate = () => {
      const secondsLeft = (partSeconds(part) - audio.currentTime) / audio.playbackRate;
      if (!audio.paused && secondsLeft < FETCH_AHEAD_SECONDS) this.#fetchNext(part);
    };
    audio.onpause = () => !audio.ended && this.#events.onSounding(false);
    audio.onerror = () => this.#events.onCannotPlay();
    audio.onended = () => {
      const { readyParts, isComplete } = this.#parts;
      if (isComplete && part === readyParts - 1) this.#events.onEnded();
      else if (!this.#isTakingOver) this.play(partStart(part) + audio.currentTime);
    };
    return playing;
  }

  #fetchNext(part: number): void {
    if (part + 1 >= this.#parts.readyParts || this.#next?.part === part + 1) return;
    this.#silence(this.#next);
    this.#next = this.#fetched(part + 1);
    this.#next.audio.preload = 'auto';
  }

  /** The next part begins where this one is by now. */
  #takeOver(part: number, seconds: number): void {
    if (this.#isTakingOver || part + 1 >= this.#parts.readyParts) return;
    this.#fetchNext(part);
    const next = this.#next;
    if (next === undefined || this.#current?.audio.paused !== false) return;
    this.#isTakingOver = true;
    next.audio.onplaying = () => {
      this.#next = undefined;
      this.#become(next);
    };
    playFrom(next.audio, seconds, () => this.#events.onSounding(false));
  }

  /** What was about to take over does not: it is heard from elsewhere, or not now. */
  #stayWithCurrent(): void {
    if (!this.#isTakingOver) return;
    this.#isTakingOver = false;
    if (this.#next === undefined) return;
    this.#next.audio.onplaying = null;
    this.#next.audio.pause();
  }

  #silence(playing: Playing | undefined): void {
    if (playing === undefined) return;
    const { audio } = playing;
    audio.onplaying = audio.onpause = audio.onerror = audio.onended = audio.ontimeupdate = null;
    release(audio);
  }
}
