import { decodeFloats, decodeSamples, encodeFloats, encodeSamples } from '@ecapa/core/host';
import type { Clip } from '@ecapa/core/train';
import { checkedLabel } from './clip-label.js';

const FORMAT = 'ecapa-clips';
const VERSION = 1;

/** The latest training's leave-one-out verdict on a clip: of a head trained without it. */
export interface HeldOut {
  readonly verdict: string;
  readonly probability: number;
  /** The other class that the clip sounds like, where its label is doubtful. */
  readonly looksLike?: string;
}

/** A clip in the file, with what the latest training has found of it. */
interface StoredClip extends Omit<Clip, 'embedding' | 'excerpt'> {
  /** Little-endian float32 in base64. */
  readonly embedding: string;
  /** Little-endian 16-bit samples in base64, of clips that can be mixed. */
  readonly excerpt?: string;
  readonly heldOut?: HeldOut;
}

export interface ClipDocument {
  readonly modelId: string | undefined;
  readonly clips: readonly { readonly clip: Clip; readonly heldOut: HeldOut | undefined }[];
}

/** The text of a file of clips. */
export function writeClips({ modelId, clips }: ClipDocument): string {
  const stored = clips.map(
    ({ clip: { excerpt, ...clip }, heldOut }): StoredClip => ({
      ...clip,
      embedding: encodeFloats(clip.embedding),
      ...(excerpt && { excerpt: encodeSamples(excerpt) }),
      ...(heldOut && { heldOut }),
    }),
  );
  return JSON.stringify({ format: FORMAT, version: VERSION, modelId, clips: stored });
}

/** What is in a file of clips. Throws an error that says which clip is wrong, and of later versions, which may hold more than this one keeps. */
export function readClips(text: string): ClipDocument {
  const document = JSON.parse(text) as Record<'format' | 'version' | 'modelId' | 'clips', unknown> | null;
  if (document?.format !== FORMAT || !Array.isArray(document.clips)) throw new Error('not a file of clips');
  if (document.version !== VERSION) {
    throw new Error(`it is of version ${String(document.version)}, and this node reads version ${VERSION}`);
  }
  const clips = document.clips.map((stored: unknown, index) => {
    try {
      return readClip(stored as StoredClip);
    } catch (cause) {
      throw new Error(`clip ${index + 1}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  });
  const length = clips[0]?.clip.embedding.length;
  const odd = clips.findIndex(({ clip }) => clip.embedding.length !== length);
  if (odd !== -1) throw new Error(`clip ${odd + 1}: an embedding of another length`);
  return { modelId: typeof document.modelId === 'string' ? document.modelId : undefined, clips };
}

function readClip({
  embedding: floats,
  excerpt,
  heldOut,
  ...clip
}: StoredClip): ClipDocument['clips'][number] {
  for (const name of ['path', 'label', 'sha256'] as const) {
    if (typeof clip[name] !== 'string' || clip[name] === '') throw new TypeError(`no "${name}"`);
  }
  checkedLabel(clip.label);
  const embedding = decodeFloats(floats);
  if (embedding.length === 0 || !embedding.every(Number.isFinite)) throw new TypeError('no embedding');
  return {
    clip: { ...clip, embedding, ...(excerpt !== undefined && { excerpt: decodeSamples(excerpt) }) },
    heldOut,
  };
}
