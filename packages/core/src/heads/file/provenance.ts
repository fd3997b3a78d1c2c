import { decodeFloats, encodeFloats } from '../../base64.js';
import { EcapaError } from '../../errors.js';
import type { Head } from '../../types.js';
import type { Clip } from '../clip.js';

/** A training clip as a head file keeps it. */
interface KeptClip {
  readonly path: string;
  readonly label: string;
  readonly sha256: string;
  readonly durationSeconds?: number;
  readonly group?: string;
  /** Little-endian float32 in base64. */
  readonly embedding?: string;
}

/** Training clips as JSON data for a head's provenance; with their embeddings a head can be explained without the audio. */
export function clipsToProvenance(clips: readonly Clip[]): Record<string, unknown>[] {
  return clips.map(({ embedding, excerpt: _, ...clip }) => ({ ...clip, embedding: encodeFloats(embedding) }));
}

/**
 * The training clips in a head's provenance. Throws `HEAD_INVALID` when it keeps none (an imported head)
 * or they are damaged.
 */
export function clipsFromProvenance(head: Head): Clip[] {
  const kept = head.provenance?.clips;
  if (!Array.isArray(kept) || kept.length === 0) {
    throw new EcapaError(
      'HEAD_INVALID',
      `Head "${head.id}" keeps no training clips, so there is nothing to compare with. Heads made by "ecapa train" do.`,
    );
  }
  return kept.map((value: unknown, i) => {
    const clip = readKeptClip(value);
    const embedding = clip && decodeFloats(clip.embedding ?? '');
    if (clip === undefined || embedding?.length !== head.dimension) {
      throw new EcapaError(
        'HEAD_INVALID',
        `Head "${head.id}": provenance.clips[${i}] is not a clip with an embedding of ${head.dimension} numbers. Train the head again.`,
      );
    }
    return { ...clip, embedding };
  });
}

function readKeptClip(value: unknown): KeptClip | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, label, sha256, durationSeconds, group, embedding } = value as Record<string, unknown>;
  if (typeof path !== 'string' || typeof label !== 'string' || typeof sha256 !== 'string') return undefined;
  if (typeof embedding !== 'string') return undefined;
  return {
    path,
    label,
    sha256,
    embedding,
    ...(typeof durationSeconds === 'number' && { durationSeconds }),
    ...(typeof group === 'string' && { group }),
  };
}
