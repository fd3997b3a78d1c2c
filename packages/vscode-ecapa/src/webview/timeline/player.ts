import type { PlaybackStatus } from '../../timeline/messages.js';

export interface PlayerEvents {
  /** Where it is; comes with each frame while playing. */
  readonly onPosition: (seconds: number) => void;
  readonly onPlaying: (isPlaying: boolean) => void;
  /** The browser cannot play what it was given. */
  readonly onCannotPlay: () => void;
}

export interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Plays the recording through an audio element, which keeps the pitch at any speed. */
export class Player {
  readonly #audio = new Audio();
  readonly #events: PlayerEvents;
  /** Where to stop, or to begin again. */
  #stretch: (Stretch & { readonly isLoop: boolean }) | undefined;
  #wantsToPlay = false;
  #positionSeconds = 0;
  #url = '';
  #version = '';

  constructor(events: PlayerEvents, positionSeconds: number) {
    this.#events = events;
    this.#positionSeconds = positionSeconds;
    const audio = this.#audio;
    // Nothing is fetched before somebody wants to hear it: recordings may be hours long.
    audio.preload = 'none';
    audio.addEventListener('playing', () => {
      events.onPlaying(true);
      requestAnimationFrame(this.#follow);
    });
    audio.addEventListener('pause', () => events.onPlaying(false));
    audio.addEventListener('ended', () => {
      this.#wantsToPlay = false;
      events.onPlaying(false);
    });
    audio.addEventListener('error', () => {
      if (this.#url === '' || audio.error === null) return;
      events.onPlaying(false);
      events.onCannotPlay();
    });
  }

  setSource(playback: PlaybackStatus | undefined): void {
    if (playback?.kind === 'failed') this.#wantsToPlay = false;
    if (playback?.kind !== 'audio') return;
    if (playback.url === this.#url && playback.version === this.#version) return;
    const goesOn = this.#wantsToPlay;
    this.#url = playback.url;
    this.#version = playback.version;
    this.#audio.src = playback.url;
    if (goesOn) this.#start();
  }

  set speed(speed: number) {
    this.#audio.defaultPlaybackRate = speed;
    this.#audio.playbackRate = speed;
  }

  /** From a moment on; or from where it is. */
  play(fromSeconds = this.#positionSeconds): void {
    this.#stretch = undefined;
    this.seek(fromSeconds);
    this.#start();
  }

  /** One stretch from its beginning, then no further, or again and again. */
  playStretch(stretch: Stretch, isLoop: boolean): void {
    this.seek(stretch.startSeconds);
    this.#stretch = { ...stretch, isLoop };
    this.#start();
  }

  /** Loops what is being played, or lets it run on. */
  setLoop(stretch: Stretch | undefined): void {
    this.#stretch = stretch && { ...stretch, isLoop: true };
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.#audio.pause();
  }

  seek(seconds: number): void {
    this.#positionSeconds = seconds;
    if (this.#stretch !== undefined && !isWithin(this.#stretch, seconds)) this.#stretch = undefined;
    if (this.#audio.readyState > 0) this.#audio.currentTime = seconds;
    this.#events.onPosition(seconds);
  }

  #start(): void {
    this.#wantsToPlay = true;
    const audio = this.#audio;
    if (this.#url === '') return; // it begins when there is something to play
    if (audio.readyState === 0) {
      audio.addEventListener('loadedmetadata', () => this.#seekQuietly(), { once: true });
      audio.load();
    } else this.#seekQuietly();
    audio.play().catch((error: unknown) => {
      // A pause, or another source, came in between; errors of the source come as 'error'.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#events.onPlaying(false);
    });
  }

  #seekQuietly(): void {
    if (Math.abs(this.#audio.currentTime - this.#positionSeconds) > 0.01)
      this.#audio.currentTime = this.#positionSeconds;
  }

  readonly #follow = (): void => {
    const audio = this.#audio;
    if (audio.paused) return;
    requestAnimationFrame(this.#follow);
    if (audio.seeking) return;
    const stretch = this.#stretch;
    if (stretch !== undefined && audio.currentTime >= stretch.endSeconds) {
      if (stretch.isLoop) this.#audio.currentTime = stretch.startSeconds;
      else {
        this.pause();
        this.#stretch = undefined;
      }
      this.#positionSeconds = stretch.isLoop ? stretch.startSeconds : stretch.endSeconds;
    } else this.#positionSeconds = audio.currentTime;
    this.#events.onPosition(this.#positionSeconds);
  };
}

function isWithin({ startSeconds, endSeconds }: Stretch, seconds: number): boolean {
  return seconds >= startSeconds && seconds < endSeconds;
}
