import type { Span } from '@ecapa/core';
import type { PlaybackStatus } from '../../features/timeline/messages.js';
import { PartsSound } from './parts-sound.js';
import type { Sound, SoundEvents } from './sound.js';
import { WholeSound } from './whole-sound.js';

export interface PlayerEvents {
  /** Where it is; comes with each frame while playing. */
  readonly onPosition: (seconds: number) => void;
  readonly onPlaying: (isPlaying: boolean) => void;
  /** What is to be heard is being prepared; or it is there now. */
  readonly onWaiting: (isWaiting: boolean) => void;
  /** Parts of the recording are wanted. */
  readonly onPartsWanted: () => void;
  /** The browser cannot play what it was given. */
  readonly onCannotPlay: () => void;
}

/** Plays the recording through audio elements, which keep the pitch at any speed. */
export class Player {
  readonly #events: PlayerEvents;
  #sound: Sound | undefined;
  #source: PlaybackStatus | undefined;
  #speed = 1;
  /** Where to stop, or to begin again. */
  #stretch: (Span & { readonly isLoop: boolean }) | undefined;
  #wantsToPlay = false;
  #isSounding = false;
  #positionSeconds: number;

  constructor(events: PlayerEvents, positionSeconds: number) {
    this.#events = events;
    this.#positionSeconds = positionSeconds;
  }

  setSource(playback: PlaybackStatus | undefined): void {
    if (playback === undefined) return;
    if (playback.kind === 'failed') {
      this.#wantsToPlay = false;
      this.#events.onWaiting(false);
      return;
    }
    const before = this.#source;
    this.#source = playback;
    if (this.#sound !== undefined && isSame(before, playback)) {
      if (playback.kind === 'parts' && this.#sound instanceof PartsSound) this.#sound.update(playback);
      if (playback.kind === 'whole' && this.#sound instanceof WholeSound)
        this.#sound.decodedSeconds = playback.decodedSeconds;
      return;
    }
    this.#sound?.dispose();
    this.#setSounding(false);
    this.#sound =
      playback.kind === 'whole'
        ? new WholeSound(playback, this.#speed, this.#soundEvents)
        : new PartsSound(playback, this.#speed, {
            ...this.#soundEvents,
            onWanted: this.#events.onPartsWanted,
            onWaiting: this.#events.onWaiting,
          });
    if (this.#wantsToPlay) this.#start();
  }

  set speed(speed: number) {
    this.#speed = speed;
    if (this.#sound !== undefined) this.#sound.speed = speed;
  }

  /** From a moment on; or from where it is. */
  play(fromSeconds = this.#positionSeconds): void {
    this.#stretch = undefined;
    this.#moveTo(fromSeconds);
    this.#start();
  }

  /** One stretch from its beginning, then no further, or again and again. */
  playStretch(stretch: Span, isLoop: boolean): void {
    this.#moveTo(stretch.startSeconds);
    this.#stretch = { ...stretch, isLoop };
    this.#start();
  }

  /** Loops what is being played, or lets it run on. */
  setLoop(stretch: Span | undefined): void {
    this.#stretch = stretch && { ...stretch, isLoop: true };
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.#sound?.pause();
  }

  seek(seconds: number): void {
    if (this.#stretch !== undefined && !isWithin(this.#stretch, seconds)) this.#stretch = undefined;
    this.#moveTo(seconds);
    this.#sound?.seek(seconds);
  }

  #moveTo(seconds: number): void {
    this.#positionSeconds = seconds;
    this.#events.onPosition(seconds);
  }

  /** Without a sound it begins when there is one. */
  #start(): void {
    this.#wantsToPlay = true;
    this.#sound?.play(this.#positionSeconds);
  }

  readonly #soundEvents: SoundEvents = {
    onSounding: (isSounding) => this.#setSounding(isSounding),
    onEnded: () => {
      this.#wantsToPlay = false;
      this.#setSounding(false);
    },
    onCannotPlay: () => {
      this.#setSounding(false);
      this.#events.onCannotPlay();
    },
  };

  #setSounding(isSounding: boolean): void {
    if (isSounding && !this.#isSounding) requestAnimationFrame(this.#follow);
    this.#isSounding = isSounding;
    this.#events.onPlaying(isSounding);
  }

  readonly #follow = (): void => {
    if (!this.#isSounding) return;
    requestAnimationFrame(this.#follow);
    const heard = this.#sound?.heardSeconds;
    if (heard === undefined) return;
    const stretch = this.#stretch;
    if (stretch === undefined || heard < stretch.endSeconds) {
      this.#moveTo(heard);
      return;
    }
    if (stretch.isLoop) {
      this.#moveTo(stretch.startSeconds);
      this.#sound?.seek(stretch.startSeconds);
      return;
    }
    this.pause();
    this.#stretch = undefined;
    this.#moveTo(stretch.endSeconds);
  };
}

function isWithin({ startSeconds, endSeconds }: Span, seconds: number): boolean {
  return seconds >= startSeconds && seconds < endSeconds;
}

/** The same content from the same place, of which there may be more by now. */
function isSame(a: PlaybackStatus | undefined, b: PlaybackStatus): boolean {
  if (a?.kind === 'whole' && b.kind === 'whole') return a.url === b.url && a.version === b.version;
  if (a?.kind === 'parts' && b.kind === 'parts')
    return a.folderUrl === b.folderUrl && a.version === b.version;
  return false;
}
