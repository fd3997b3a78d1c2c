import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clip, EcapaError, writeFileAtomically } from '@ecapa/core';

interface StoredClip extends Omit<Clip, 'embedding'> {
  /** Little-endian float32 in base64. */
  readonly embedding: string;
}

const FORMAT = 'ecapa-clips';

/** Labelled clips of one train node, on disk after each change, so that a restart loses nothing. */
export class ClipStore {
  readonly #file: string;
  #clips: readonly Clip[] = [];
  #modelId: string | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get clips(): readonly Clip[] {
    return this.#clips;
  }

  /** Clips of each label. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { label } of this.#clips) counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  }

  /** Reads what an earlier run kept; nothing when there is no file. Throws `READ_FAILED` for a damaged one. */
  async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw this.#unreadable(cause);
    }
    try {
      const document = JSON.parse(text) as { format?: unknown; modelId?: unknown; clips?: unknown };
      if (document.format !== FORMAT || !Array.isArray(document.clips))
        throw new Error('not a file of clips');
      this.#clips = document.clips.map((clip: StoredClip) => ({
        ...clip,
        embedding: decode(clip.embedding),
      }));
      this.#modelId = typeof document.modelId === 'string' ? document.modelId : undefined;
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  /** Adds a clip. Throws `HEAD_MODEL_MISMATCH` when the others were embedded by another model. */
  async add(clip: Clip, modelId: string): Promise<void> {
    if (this.#clips.length > 0 && this.#modelId !== undefined && this.#modelId !== modelId) {
      throw new EcapaError(
        'HEAD_MODEL_MISMATCH',
        `The clips so far were embedded by model "${this.#modelId}", this one by "${modelId}". Send msg.reset to begin anew.`,
      );
    }
    await this.#keep([...this.#clips, clip], modelId);
  }

  /** Takes the latest clip back, and returns it. */
  async undo(): Promise<Clip | undefined> {
    const last = this.#clips.at(-1);
    if (last !== undefined) await this.#keep(this.#clips.slice(0, -1), this.#modelId);
    return last;
  }

  async reset(): Promise<void> {
    await rm(this.#file, { force: true });
    this.#clips = [];
    this.#modelId = undefined;
  }

  /** On disk first: what memory says is never more than a restart would find. */
  async #keep(clips: readonly Clip[], modelId: string | undefined): Promise<void> {
    const stored = clips.map((clip) => ({ ...clip, embedding: encode(clip.embedding) }));
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFileAtomically(
      this.#file,
      JSON.stringify({ format: FORMAT, version: 1, modelId, clips: stored }),
    );
    this.#clips = clips;
    this.#modelId = modelId;
  }

  #unreadable(cause: unknown): EcapaError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new EcapaError(
      'READ_FAILED',
      `${this.#file}: the clips of this node cannot be read (${reason}). Put the file right, or send msg.reset to begin anew.`,
      { file: this.#file, cause },
    );
  }
}

function encode(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function decode(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.byteLength >> 2);
}
