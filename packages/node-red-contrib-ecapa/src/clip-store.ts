import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EcapaError } from '@ecapa/core';
import { writeFileAtomically } from '@ecapa/core/host';
import { type Clip, refuseClipsInTwoClasses, type TeachingReport } from '@ecapa/core/train';
import { type HeldOut, readClips, writeClips } from './stored-clips.js';

/** A clip with the name by which it can be removed. */
export interface NamedClip {
  readonly id: string;
  readonly clip: Clip;
  readonly heldOut?: HeldOut | undefined;
}

/** Labelled clips of one train node, on disk after each change, so that a restart loses nothing. */
export class ClipStore {
  readonly #file: string;
  #clips: readonly Clip[] = [];
  /** By content and label. */
  #heldOut: ReadonlyMap<string, HeldOut> = new Map();
  #modelId: string | undefined;
  #isDamaged = false;

  constructor(file: string) {
    this.#file = file;
  }

  get clips(): readonly Clip[] {
    return this.#clips;
  }

  /** The model that embedded them; undefined while there are none. */
  get modelId(): string | undefined {
    return this.#modelId;
  }

  /** Clips of each label. */
  get counts(): Readonly<Record<string, number>> {
    const counts = new Map<string, number>();
    for (const { label } of this.#clips) counts.set(label, (counts.get(label) ?? 0) + 1);
    return Object.fromEntries(counts);
  }

  /** All clips with their ids: twelve hexadecimal digits, and which one it is of several that are equal. */
  get named(): readonly NamedClip[] {
    const seen = new Map<string, number>();
    return this.#clips.map((clip) => {
      const id = createHash('sha256').update(keyOf(clip)).digest('hex').slice(0, 12);
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      return { id: count === 1 ? id : `${id}-${count}`, clip, heldOut: this.#heldOut.get(keyOf(clip)) };
    });
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
      const { modelId, clips } = readClips(text);
      this.#clips = clips.map(({ clip }) => clip);
      this.#heldOut = new Map(
        clips.flatMap(({ clip, heldOut }) => (heldOut === undefined ? [] : [[keyOf(clip), heldOut]])),
      );
      this.#modelId = modelId;
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  /** The clips, for a model to learn from. Throws `HEAD_MODEL_MISMATCH` when they were embedded by another one. */
  clipsOf(modelId: string): readonly Clip[] {
    if (this.#clips.length > 0 && this.#modelId !== undefined && this.#modelId !== modelId) {
      throw new EcapaError(
        'HEAD_MODEL_MISMATCH',
        `The clips so far were embedded by model "${this.#modelId}", and "${modelId}" is in use now. Name the first in an ecapa model node to go on with them, or send msg.reset to start again.`,
      );
    }
    return this.#clips;
  }

  /**
   * Adds a clip. Throws `HEAD_MODEL_MISMATCH` when the others were embedded by another model, and
   * `CLIP_IN_TWO_CLASSES` when it is there with another label.
   */
  async add(clip: Clip, modelId: string): Promise<void> {
    const clips = [...this.clipsOf(modelId), clip];
    refuseClipsInTwoClasses(clips);
    await this.#keep(clips, modelId);
  }

  /** Takes the latest clip back, and returns it. */
  async undo(): Promise<Clip | undefined> {
    const last = this.#clips.at(-1);
    if (last !== undefined) await this.#keep(this.#clips.slice(0, -1), this.#modelId);
    return last;
  }

  /**
   * Takes out the one clip of this id or name, and returns it. Throws TypeError when there is none, or when several
   * have this name.
   */
  async remove(idOrName: string): Promise<NamedClip> {
    const named = this.named;
    const byId = named.filter(({ id }) => id === idOrName);
    const found = byId.length > 0 ? byId : named.filter(({ clip }) => clip.path === idOrName);
    const [only, ...more] = found;
    if (only === undefined) throw new TypeError(`msg.remove: there is no clip "${shortName(idOrName)}".`);
    if (more.length > 0) {
      const ids = found.map(({ id, clip }) => `${id} (${clip.label})`).join(', ');
      throw new TypeError(`msg.remove: ${found.length} clips have this name; remove one by its id: ${ids}.`);
    }
    await this.#keep(
      this.#clips.filter((clip) => clip !== only.clip),
      this.#modelId,
    );
    return only;
  }

  /** Keeps what a training has found of each clip, in place of what the one before has. */
  async keepVerdicts({ heldOut, suspects }: Pick<TeachingReport, 'heldOut' | 'suspects'>): Promise<void> {
    this.#heldOut = new Map(
      heldOut.map((one) => {
        const { verdict, probability } = one;
        const isWrong = verdict !== one.label; // names need not differ
        const suspect = suspects.find(
          ({ path, label }) => isWrong && path === one.path && label === one.label,
        );
        return [keyOf(one), { verdict, probability, ...(suspect && { looksLike: suspect.looksLike }) }];
      }),
    );
    await this.#keep(this.#clips, this.#modelId);
  }

  /** Forgets all clips. A damaged file is put aside, for somebody may yet make sense of it. */
  async reset(): Promise<void> {
    if (this.#isDamaged) await rename(this.#file, `${this.#file}.damaged`).catch(ignoreMissing);
    else await rm(this.#file, { force: true });
    this.#isDamaged = false;
    this.#clips = [];
    this.#heldOut = new Map();
    this.#modelId = undefined;
  }

  /** On disk first: memory never has more than a restart would find. */
  async #keep(clips: readonly Clip[], modelId: string | undefined): Promise<void> {
    const kept = withFewExcerpts(clips);
    const text = writeClips({
      modelId,
      clips: kept.map((clip) => ({ clip, heldOut: this.#heldOut.get(keyOf(clip)) })),
    });
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFileAtomically(this.#file, text);
    this.#clips = kept;
    this.#modelId = modelId;
  }

  #unreadable(cause: unknown): EcapaError {
    this.#isDamaged = true;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new EcapaError(
      'READ_FAILED',
      `${this.#file}: the clips of this node cannot be read (${reason}). Correct the file and restart the flow, or send msg.reset to put it aside and begin again.`,
      { file: this.#file, cause },
    );
  }
}

function keyOf({ label, sha256 }: Pick<Clip, 'label' | 'sha256'>): string {
  return `${label}\n${sha256}`;
}

function shortName(name: string): string {
  return name.length > 100 ? `${name.slice(0, 99)}…` : name;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Of each class, so many clips keep their sound: enough to mix, and the file stays small. */
const MOST_EXCERPTS = 20;

/** The latest clips of each class keep their excerpts; the others their embeddings alone. */
function withFewExcerpts(clips: readonly Clip[]): Clip[] {
  const counts = new Map<string, number>();
  return clips
    .toReversed()
    .map((clip) => {
      if (clip.excerpt === undefined) return clip;
      const count = (counts.get(clip.label) ?? 0) + 1;
      counts.set(clip.label, count);
      if (count <= MOST_EXCERPTS) return clip;
      const { excerpt: _, ...rest } = clip;
      return rest;
    })
    .reverse();
}
