import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isEcapaError } from '../../src/errors.js';
import { parsePickle } from '../../src/interop/pickle/pickle.js';
import { TORCH_TYPES, torchStorage } from '../../src/interop/pytorch/torch-tensors.js';
import { loadTorchCheckpoint } from '../../src/interop/pytorch/torch-zip.js';
import { parseSklearn } from '../../src/interop/sklearn/sklearn.js';
import { fixturePath, readJson } from '../reference.js';
import { mutate, seededRandom } from './mutate.js';
import { float32Bytes, stateDictEntries, stateDictPickle } from './torch-writer.js';
import { writeZip } from './zip-writer.js';

export interface FuzzResult {
  readonly inputs: number;
  /** How often each error code came out, and `read` for inputs that were still sound. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Processor time of the costliest input: on a busy machine wall time does not show it. */
  readonly slowestMilliseconds: number;
}

/** Reads damaged files and counts what comes out. Throws as soon as an error is not a typed one. */
export function fuzzPickles(inputs: number, seed: number): FuzzResult {
  const targets = [...sklearnFiles().map((bytes) => ({ bytes, read: readSklearn })), ...torchPickles()];
  const outcomes: Record<string, number> = {};
  let slowestMilliseconds = 0;
  for (let index = 0; index < inputs; index++) {
    // One seed an input, so that a failing one can be made again alone.
    const random = seededRandom(seed + index);
    const target = targets[index % targets.length];
    if (!target) break;
    const bytes = mutate(target.bytes, random);
    const start = process.cpuUsage();
    const outcome = outcomeOf(() => target.read(bytes), seed + index);
    slowestMilliseconds = Math.max(slowestMilliseconds, cpuMilliseconds(start));
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { inputs, outcomes, slowestMilliseconds };
}

/** As `fuzzPickles`, over whole checkpoints: zip containers, stored and deflated. */
export async function fuzzCheckpoints(inputs: number, seed: number): Promise<FuzzResult> {
  const entries = stateDictEntries(TENSORS);
  const targets = [
    writeZip(entries),
    writeZip(stateDictEntries(TENSORS, { deflate: true })),
    writeZip(entries.map((entry) => ({ ...entry, zip64: true, dataDescriptor: true }))),
  ];
  const folder = await mkdtemp(join(tmpdir(), 'ecapa-fuzz-'));
  const outcomes: Record<string, number> = {};
  let slowestMilliseconds = 0;
  try {
    const path = join(folder, 'fuzz.ckpt');
    for (let index = 0; index < inputs; index++) {
      await writeFile(
        path,
        mutate(targets[index % targets.length] ?? Buffer.alloc(0), seededRandom(seed + index)),
      );
      const start = process.cpuUsage();
      const outcome = await loadTorchCheckpoint(path).then(
        () => 'read',
        (error: unknown) => codeOf(error, seed + index),
      );
      slowestMilliseconds = Math.max(slowestMilliseconds, cpuMilliseconds(start));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { inputs, outcomes, slowestMilliseconds };
}

function cpuMilliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function outcomeOf(read: () => unknown, seed: number): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return codeOf(error, seed);
  }
}

function codeOf(error: unknown, seed: number): string {
  if (isEcapaError(error)) return error.code;
  throw new Error(`input of seed ${seed}: not a typed error`, { cause: error });
}

function readSklearn(bytes: Buffer): unknown {
  return parseSklearn(bytes, 'fuzz.pkl', { modelId: 'm' });
}

function sklearnFiles(): Buffer[] {
  const files = readdirSync(fixturePath('sklearn'))
    .filter((name) => /\.(pkl|joblib)$/.test(name))
    .map((name) => readFileSync(fixturePath('sklearn', name)));
  const versions = readdirSync(fixturePath('sklearn-versions'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => readJson(fixturePath('sklearn-versions', name)) as { fits: { files: object }[] });
  const encoded = versions.flatMap(({ fits }) => fits.flatMap(({ files }) => Object.values(files)));
  return [...files, ...encoded.map((base64: string) => Buffer.from(base64, 'base64'))];
}

const TENSORS = [
  { name: 'a.weight', shape: [2, 3], bytes: float32Bytes([1, 2, 3, 4, 5, 6]) },
  { name: 'a.bias', shape: [2], bytes: float32Bytes([1, 2]), parameter: true },
];

function torchPickles(): { bytes: Buffer; read: (bytes: Buffer) => unknown }[] {
  const read = (bytes: Buffer) =>
    parsePickle(bytes, { file: 'data.pkl', types: TORCH_TYPES, persistentLoad: torchStorage });
  return [2, 4].map((protocol) => ({ bytes: stateDictPickle(TENSORS, protocol), read }));
}
