import { audioElement, playFrom, type Sound, type SoundEvents } from './sound.js';

/** A recording that the browser reads itself, by ranges. */
export class WholeSound implements Sound {
  readonly #audio: HTMLAudioElement;
  readonly #events: SoundEvents;
  readonly #silenced = new AbortController();

  constructor(url: string, speed: number, events: SoundEvents) {
    this.#events = events;
    this.#audio = audioElement(url, speed);
    const { signal } = this.#silenced;
    this.#audio.addEventListener('playing', () => events.onSounding(true), { signal });
    this.#audio.addEventListener('pause', () => events.onSounding(false), { signal });
    this.#audio.addEventListener('ended', () => events.onEnded(), { signal });
    this.#audio.addEventListener('error', () => events.onCannotPlay(), { signal });
  }

  get heardSeconds(): number | undefined {
    return this.#audio.seeking || this.#audio.readyState === 0 ? undefined : this.#audio.currentTime;
  }

  get speed(): number {
    return this.#audio.playbackRate;
  }

  set speed(speed: number) {
    this.#audio.defaultPlaybackRate = speed;
    this.#audio.playbackRate = speed;
  }

  play(fromSeconds: number): void {
    playFrom(this.#audio, fromSeconds, () => this.#events.onSounding(false));
  }

  pause(): void {
    this.#audio.pause();
  }

  seek(seconds: number): void {
    if (this.#audio.readyState > 0) this.#audio.currentTime = seconds;
  }

  dispose(): void {
    this.#silenced.abort();
    this.#audio.pause();
    this.#audio.removeAttribute('src');
  }
}
