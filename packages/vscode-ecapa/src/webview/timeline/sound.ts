/** What a sound reports. */
export interface SoundEvents {
  readonly onSounding: (isSounding: boolean) => void;
  readonly onEnded: () => void;
  /** The browser cannot play what it was given. */
  readonly onCannotPlay: () => void;
}

/** A recording that can be heard, however it comes. */
export interface Sound {
  /** What is heard right now; undefined while it is being looked for. */
  readonly heardSeconds: number | undefined;
  speed: number;
  /** Begins at a moment, at once or when it is there. */
  play(fromSeconds: number): void;
  pause(): void;
  /** Goes on elsewhere if it sounds. */
  seek(seconds: number): void;
  /** Falls silent for good, and reports nothing any more. */
  dispose(): void;
}

/** A new audio element, which fetches nothing yet: recordings may be hours long. */
export function audioElement(url: string, speed: number): HTMLAudioElement {
  const audio = new Audio();
  audio.preload = 'none';
  audio.src = url;
  audio.defaultPlaybackRate = speed;
  audio.playbackRate = speed;
  return audio;
}

/** Begins at a moment of an element's own time, once that is known. */
export function playFrom(audio: HTMLAudioElement, seconds: number, onRefused: () => void): void {
  const go = (): void => {
    if (Math.abs(audio.currentTime - seconds) > 0.01) audio.currentTime = seconds;
  };
  if (audio.readyState > 0) go();
  else {
    audio.addEventListener('loadedmetadata', go, { once: true });
    audio.load();
  }
  audio.play().catch((error: unknown) => {
    // A pause, or another source, came in between; errors of the source come as 'error'.
    if (error instanceof DOMException && error.name === 'NotAllowedError') onRefused();
  });
}

/** Silent for good. An element without a source keeps what it has fetched until it is told to load that nothing. */
export function release(audio: HTMLAudioElement): void {
  audio.pause();
  audio.removeAttribute('src');
  audio.load();
}
