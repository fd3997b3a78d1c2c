import { EcapaError } from '../errors.js';
import type { YieldToEventLoop } from '../event-loop.js';

/** One labelled recording with its embedding: what a head is trained on and explained by. */
export interface Clip {
  /** As the user named it. */
  readonly path: string;
  readonly label: string;
  /** Of the file's content, in hex. */
  readonly sha256: string;
  readonly embedding: Float32Array;
  /** Its loudest seconds (16 kHz, mono, full scale), to be mixed with others; not kept in heads. */
  readonly excerpt?: Int16Array;
  readonly durationSeconds?: number;
  /** Clips of one group (one recording, one speaker) are never split between training and testing. */
  readonly group?: string;
}

/** Two clips whose embeddings are all but equal: copies, or cuts of one recording. */
export interface NearDuplicate {
  readonly first: Clip;
  readonly second: Clip;
  readonly similarity: number;
}

/** Cosine similarity above which two clips are taken for copies. */
export const NEAR_DUPLICATE_SIMILARITY = 0.999;

/** Throws `CLIP_IN_TWO_CLASSES`, naming both, when the same content carries two labels. */
export function refuseClipsInTwoClasses(clips: readonly Pick<Clip, 'path' | 'label' | 'sha256'>[]): void {
  const seen = new Map<string, Pick<Clip, 'path' | 'label'>>();
  for (const clip of clips) {
    const other = seen.get(clip.sha256);
    if (other !== undefined && other.label !== clip.label) {
      throw new EcapaError(
        'CLIP_IN_TWO_CLASSES',
        `${clip.path}: the same recording is in class "${other.label}" (${other.path}) and in class "${clip.label}". ` +
          'Remove it from one of them.',
        { file: clip.path },
      );
    }
    seen.set(clip.sha256, clip);
  }
}

/** Pairs of clips with different content and a cosine similarity above 0.999. */
export async function findNearDuplicates(
  clips: readonly Clip[],
  yieldToEventLoop: YieldToEventLoop,
): Promise<NearDuplicate[]> {
  const seen: { readonly clip: Clip; readonly unit: Float64Array }[] = [];
  const pairs: NearDuplicate[] = [];
  for (const second of clips) {
    const unit = unitVector(second.embedding);
    for (const { clip: first, unit: other } of seen) {
      if (first.sha256 === second.sha256) continue;
      const similarity = innerProduct(other, unit);
      if (similarity > NEAR_DUPLICATE_SIMILARITY) pairs.push({ first, second, similarity });
    }
    seen.push({ clip: second, unit });
    await yieldToEventLoop();
  }
  return pairs;
}

/**
 * A number per clip, equal for clips that must stay together when the data is split: same group, same
 * content, or all but the same embedding.
 */
export function groupClips(clips: readonly Clip[], nearDuplicates: readonly NearDuplicate[]): number[] {
  const parent = clips.map((_, i) => i);
  const root = (i: number): number => {
    const above = parent[i] ?? i;
    return above === i ? i : root(above);
  };
  const join = (a: number, b: number) => {
    // The lower number wins, so the result does not depend on the order of joins.
    parent[Math.max(root(a), root(b))] = Math.min(root(a), root(b));
  };
  const first = new Map<string, number>();
  clips.forEach(({ sha256, group }, i) => {
    for (const key of [`content ${sha256}`, ...(group === undefined ? [] : [`group ${group}`])]) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else join(other, i);
    }
  });
  const index = new Map(clips.map((clip, i) => [clip, i]));
  for (const pair of nearDuplicates) join(index.get(pair.first) ?? 0, index.get(pair.second) ?? 0);
  return clips.map((_, i) => root(i));
}

/** Cosine of the angle between two embeddings; 0 when one has no length. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return innerProduct(unitVector(a), unitVector(b));
}

function unitVector(values: ArrayLike<number>): Float64Array {
  const result = Float64Array.from(values);
  const length = Math.sqrt(innerProduct(result, result));
  return length === 0 ? result : result.map((value) => value / length);
}

function innerProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
