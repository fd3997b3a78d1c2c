import type { Classifier } from '../engine/classifier.js';
import { sha256Of } from '../files.js';
import { loadHead, serializeHead } from '../heads/file/head-file.js';
import { checkModel } from '../heads/predict.js';
import { locateHead } from '../models/locate.js';
import { modelOfHead } from '../models/model-of-head.js';
import type { Head } from '../types.js';
import { type EngineHold, type EngineSettings, holdEngine } from './engine-hold.js';
import { type FileStamp, isSameStamp, type OutcomeOrigin, statStamp } from './file-stamp.js';

/** What an outcome depends on besides the audio; outcomes of equal identity can be compared. */
export interface EngineIdentity extends OutcomeOrigin {
  readonly modelId: string;
  readonly headId: string;
}

/** A head with the SHA-256 of its canonical text. */
export interface IdentifiedHead {
  readonly head: Head;
  readonly sha256: string;
}

/** An engine's settings, and the id or file of the head that it is for; the model's own otherwise. */
export interface HeadedSettings extends EngineSettings {
  readonly head?: string;
}

/** Which engine is leased, and for how long it is kept. */
export interface LeaseOptions extends HeadedSettings {
  /** How long the engine stays open for the next lease once it is unused. */
  readonly idleSeconds: number;
}

/** An engine that stays what it is until it is released, whatever the settings become. */
export interface ModelLease {
  readonly classifier: Classifier;
  /** Calling it again does nothing. */
  release(): void;
}

/** An engine with a head that stays what it is as well. */
export interface EngineLease extends ModelLease {
  /** Goes with each job. */
  readonly head: Head;
  readonly identity: EngineIdentity;
}

/**
 * Leases the engine that `options` name, also one whose model has no head yet. Engines are shared within the process by
 * all who name the same. Throws as `Classifier.open` does; the next lease tries again.
 */
export async function leaseModel({ idleSeconds, ...settings }: LeaseOptions): Promise<ModelLease> {
  const hold = holdEngineOf(settings);
  const release = (): void => void hold.release(idleSeconds);
  try {
    return { classifier: await hold.opened, release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Leases an engine with the head of this id or file, as it is on disk now; the model's own head when there is no
 * name. Throws as `leaseModel` and `currentHead` do.
 */
export async function lease(options: LeaseOptions): Promise<EngineLease> {
  const { classifier, release } = await leaseModel(options);
  try {
    const { head, sha256 } = await currentHead(options.head, classifier);
    const { id: modelId, sha256: modelSha256 } = classifier.model;
    const identity = { modelId, modelSha256, headId: head.id, headSha256: sha256 };
    return { classifier, head, identity, release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Holds the engine of these settings. Where they name a head and no model, it is the engine of the head's own model,
 * if that is installed: a head outlives the default model that it was trained on. A head that cannot be read is for
 * `currentHead` to report.
 */
export function holdEngineOf({ head: name, ...settings }: HeadedSettings): EngineHold {
  if (name === undefined || settings.model !== undefined) return holdEngine(settings);
  const held = modelOfNamedHead(name).then((model) =>
    holdEngine(model === undefined ? settings : { ...settings, model }),
  );
  return {
    opened: held.then(({ opened }) => opened),
    release: async (idleSeconds) => (await held).release(idleSeconds),
  };
}

async function modelOfNamedHead(name: string): Promise<string | undefined> {
  try {
    return await modelOfHead(undefined, (await keptHead(await locateHead(name))).head);
  } catch {
    return undefined;
  }
}

/** Heads of so many files are kept in memory. */
const KEPT_HEADS = 16;

interface KeptHead {
  readonly stamp: FileStamp;
  readonly read: Promise<IdentifiedHead>;
}

const kept = new Map<string, KeptHead>();
const identities = new WeakMap<Head, IdentifiedHead>();

/**
 * The head of this id or file, the model's own when there is no name. The file is looked at on each call, because
 * nothing reports that another program has replaced it; it is read again when it has changed, so that the same
 * object stands for the same head. Throws as `locateHead`, `loadHead` and `checkModel` do.
 */
export async function currentHead(name: string | undefined, classifier: Classifier): Promise<IdentifiedHead> {
  const { id, dimension } = classifier.model;
  const found = name === undefined ? identified(classifier.head) : await keptHead(await locateHead(name, id));
  checkModel(found.head, id, dimension);
  return found;
}

async function keptHead(path: string): Promise<IdentifiedHead> {
  const stamp = await statStamp(path).catch(() => undefined); // reading it reports what is wrong
  const known = kept.get(path);
  if (known !== undefined && stamp !== undefined && isSameStamp(known.stamp, stamp)) return known.read;
  kept.delete(path);
  const read = loadHead(path).then(identified);
  if (stamp === undefined) return read;
  const entry = { stamp, read };
  kept.set(path, entry);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_HEADS) break;
    kept.delete(oldest);
  }
  read.catch(() => {
    if (kept.get(path) === entry) kept.delete(path);
  });
  return read;
}

function identified(head: Head): IdentifiedHead {
  let known = identities.get(head);
  if (known === undefined) {
    known = { head, sha256: sha256Of(serializeHead(head)) };
    identities.set(head, known);
  }
  return known;
}
