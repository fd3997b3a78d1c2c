import { SAMPLE_RATE_HZ, wavHeader } from '@ecapa/core';
import type { Node } from 'node-red';
import type { ClipStore } from './clip-store.js';

/** A clip as the editor lists it. */
export interface ListedClip {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly durationSeconds?: number;
  /** Of the latest training: the verdict of a head that was trained without this clip. */
  readonly verdict?: string;
  readonly probability?: number;
  /** The class that this clip sounds like, where its label is doubtful. */
  readonly looksLike?: string;
  /** Its loudest seconds are kept, and can be played. */
  readonly hasSound: boolean;
}

/** The clips of a train node, for the editor. */
export interface ClipBook {
  list(): Promise<readonly ListedClip[]>;
  /** A WAV file of a clip's loudest seconds. Throws TypeError where there is none. */
  sound(id: string): Promise<Buffer>;
  remove(id: string): Promise<void>;
}

/** A train node in the runtime. */
export interface TrainNodeWithClips extends Node {
  clipBook?: ClipBook;
}

/** What the editor lists of a store's clips. */
export function listedClips(store: ClipStore): readonly ListedClip[] {
  return store.named.map(({ id, clip: { path: name, label, durationSeconds, excerpt }, heldOut }) => ({
    id,
    name,
    label,
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...heldOut,
    hasSound: excerpt !== undefined && excerpt.length > 0,
  }));
}

/** A WAV file of the seconds that a store keeps of a clip: 16-bit, mono, 16 kHz. Throws TypeError where there are none. */
export function soundOfClip(store: ClipStore, id: string): Buffer {
  const excerpt = store.named.find((one) => one.id === id)?.clip.excerpt;
  if (excerpt === undefined || excerpt.length === 0) throw new TypeError('No sound is kept of this clip.');
  const format = { sampleRate: SAMPLE_RATE_HZ, channels: 1, format: 'pcm16' } as const;
  const samples = Buffer.from(excerpt.buffer, excerpt.byteOffset, excerpt.byteLength);
  return Buffer.concat([wavHeader(format, excerpt.length), samples]);
}
