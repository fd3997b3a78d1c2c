import type { PlaybackStatus } from '../../features/timeline/messages.js';
import { audioElement, playFrom, release, type Sound, type SoundEvents } from './sound.js';

type Whole = Extract<PlaybackStatus, { kind: 'whole' }>;

/** Encoders' padding at both ends, which decoders keep or drop. */
const TOLERANCE_SECONDS = 0.15;

/** A recording that the browser reads itself, by ranges. */
export class WholeSound implements Sound {
  readonly #audio: HTMLAudioElement;
  readonly #events: SoundEvents;
  readonly #silenced = new AbortController();

  #decodedSeconds: number | undefined;

  constructor({ url, decodedSeconds }: Whole, speed: number, events: SoundEvents) {
    this.#events = events;
    this.#decodedSeconds = decodedSeconds;
    this.#audio = audioElement(url, speed);
    const { signal } = this.#silenced;
    this.#audio.addEventListener('durationchange', () => this.#compare(), { signal });
    this.#audio.addEventListener('playing', () => events.onSounding(true), { signal });
    this.#audio.addEventListener('pause', () => events.onSounding(false), { signal });
    this.#audio.addEventListener('ended', () => events.onEnded(), { signal });
    this.#audio.addEventListener('error', () => events.onCannotPlay(), { signal });
  }

  /** Known once the decoder has been through. */
  set decodedSeconds(seconds: number | undefined) {
    this.#decodedSeconds = seconds;
    this.#compare();
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

  /** A duration that the browser has guessed wrong means that its moments are elsewhere too. */
  #compare(): void {
    const { duration } = this.#audio;
    if (this.#decodedSeconds === undefined || Number.isNaN(duration)) return;
    if (Math.abs(duration - this.#decodedSeconds) <= TOLERANCE_SECONDS) return;
    this.dispose();
    this.#events.onCannotPlay();
  }

  dispose(): void {
    this.#silenced.abort();
    release(this.#audio);
  }
}
