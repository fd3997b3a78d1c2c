import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { EcapaError, isEcapaError } from '../../errors.js';
import { readError } from '../../files.js';
import { parsePickle } from '../pickle/pickle.js';
import {
  elementCount,
  isTorchTensor,
  type NamedTensor,
  TORCH_TYPES,
  type TorchStorage,
  type TorchTensor,
  tensorValues,
  torchStorage,
} from './torch-tensors.js';

export type { NamedTensor } from './torch-tensors.js';

/** What is read out of a container may be this many times its size, and is never refused under 16 MiB. */
const EXPANSION_FACTOR = 8;
const MIN_EXPANSION_BYTES = 16 << 20;
const MAX_ENTRIES = 100_000;

/**
 * Reads the named tensors of a file that `torch.save(model.state_dict(), path)` wrote, as float32.
 *
 * The container is a zip (stored or deflated, any root folder); the pickle in it is read by an interpreter
 * that knows tensors and dicts and executes nothing. Memory is bounded by eight times the file's size.
 * Throws `CHECKPOINT_INVALID` (not such a file, damaged, NaN weights), `PICKLE_FORBIDDEN`, `PICKLE_INVALID`,
 * `FILE_NOT_FOUND`, `IS_DIRECTORY`, `PERMISSION_DENIED` or `READ_FAILED`.
 */
export async function loadTorchCheckpoint(path: string): Promise<Map<string, NamedTensor>> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Buffer.alloc(512);
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      checkStart(start.subarray(0, bytesRead), path);
      return await readContainer(file, size, path);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

async function readContainer(
  file: FileHandle,
  sizeBytes: number,
  path: string,
): Promise<Map<string, NamedTensor>> {
  try {
    const { openZip } = await import('./range-reader.js'); // brings yauzl, which nothing else needs
    const zip = await openZip(file, sizeBytes);
    try {
      const budgetBytes = Math.max(MIN_EXPANSION_BYTES, EXPANSION_FACTOR * sizeBytes);
      return await new TorchContainer(zip, path, budgetBytes).tensors();
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (isEcapaError(cause)) throw cause;
    throw invalid(path, `its zip container is damaged (${reasonOf(cause)})`, cause);
  }
}

class TorchContainer {
  readonly #entries = new Map<string, Entry>();
  #root = '';
  #budgetBytes: number;

  constructor(
    readonly zip: ZipFile,
    readonly path: string,
    budgetBytes: number,
  ) {
    this.#budgetBytes = budgetBytes;
  }

  async tensors(): Promise<Map<string, NamedTensor>> {
    await this.#list();
    const descriptions = this.#readStateDict(await this.#read('data.pkl'));
    const storages = new Map<string, Uint8Array>();
    const result = new Map<string, NamedTensor>();
    for (const [name, tensor] of descriptions) {
      let bytes = storages.get(tensor.storage.key);
      if (!bytes) {
        bytes = await this.#readStorage(tensor.storage, name);
        storages.set(tensor.storage.key, bytes);
      } else {
        // Two tensors may share a storage, but their copies may not outgrow the file.
        this.#spend(4 * elementCount(tensor.shape), name);
      }
      if (bytes.length !== storageBytes(tensor.storage)) {
        throw invalid(this.path, `weight "${name}" does not fit the numbers kept for it`);
      }
      result.set(name, tensorValues(tensor, bytes, name, this.path));
    }
    return result;
  }

  async #list(): Promise<void> {
    if (this.zip.entryCount > MAX_ENTRIES)
      throw invalid(this.path, `it lists ${this.zip.entryCount} entries`);
    // yauzl refuses absolute names, backslashes and ".." by itself.
    for await (const entry of this.zip.eachEntry()) {
      if (this.#entries.has(entry.fileName)) {
        throw invalid(this.path, `it holds "${entry.fileName}" twice`);
      }
      this.#entries.set(entry.fileName, entry);
    }
    const roots = [...this.#entries.keys()]
      .filter((name) => /(^|\/)data\.pkl$/.test(name))
      .map((name) => name.slice(0, -'data.pkl'.length));
    const [root] = roots;
    if (root === undefined || roots.length > 1) {
      throw invalid(this.path, `it holds ${roots.length} entries named data.pkl where torch.save writes one`);
    }
    this.#root = root;
    if (this.#entries.has(`${root}constants.pkl`)) {
      throw invalid(
        this.path,
        'it is a TorchScript program (torch.jit.save); only torch.save(state_dict) is read',
      );
    }
    if (this.#entries.has(`${root}byteorder`)) {
      const order = Buffer.from(await this.#read('byteorder')).toString('latin1');
      if (order !== 'little')
        throw invalid(this.path, `its byte order is "${order.slice(0, 20)}", not "little"`);
    }
  }

  #readStateDict(pickle: Uint8Array): Map<string, TorchTensor> {
    const value = parsePickle(pickle, {
      file: this.path,
      types: TORCH_TYPES,
      persistentLoad: torchStorage,
    });
    if (!(value instanceof Map) || value.size === 0) {
      throw invalid(this.path, 'it holds no dict of tensors; save model.state_dict(), not the model');
    }
    const tensors = new Map<string, TorchTensor>();
    for (const [name, tensor] of value) {
      if (typeof name !== 'string' || !isTorchTensor(tensor)) {
        throw invalid(
          this.path,
          `its entry ${JSON.stringify(String(name))} is not a tensor; save model.state_dict()`,
        );
      }
      tensors.set(name, tensor);
    }
    return tensors;
  }

  async #readStorage(storage: TorchStorage, name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(`${this.#root}data/${storage.key}`);
    const expected = storageBytes(storage);
    if (!entry) throw invalid(this.path, `the numbers of weight "${name}" are missing`);
    if (entry.uncompressedSize !== expected) {
      throw invalid(
        this.path,
        `weight "${name}" should have ${expected} bytes (${storage.type.name}) and has ${entry.uncompressedSize}`,
      );
    }
    if (storage.type.name !== 'float32') this.#spend(4 * storage.elements, name);
    return this.#read(`data/${storage.key}`);
  }

  async #read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(`${this.#root}${name}`);
    if (!entry) throw invalid(this.path, `"${name}" is missing in it`);
    this.#spend(entry.uncompressedSize, name);
    const bytes = Buffer.alloc(entry.uncompressedSize);
    let filled = 0;
    // yauzl stops with an error as soon as more or less comes out than the entry announced.
    for await (const chunk of await this.zip.openReadStreamPromise(entry)) {
      filled += (chunk as Buffer).copy(bytes, filled);
    }
    if (filled !== bytes.length) throw invalid(this.path, `"${name}" is cut short`);
    if (crc32(bytes) !== entry.crc32) {
      throw invalid(this.path, `"${name}" does not match its checksum: the file was damaged or changed`);
    }
    return bytes;
  }

  #spend(bytes: number, what: string): void {
    this.#budgetBytes -= bytes;
    if (this.#budgetBytes >= 0) return;
    throw invalid(this.path, `it unpacks to far more than its size (at "${what}"), as no checkpoint does`);
  }
}

/** Refuses at once what is not a zip, naming what it is instead. */
function checkStart(start: Buffer, path: string): void {
  if (start.length === 0) throw new EcapaError('EMPTY_FILE', `${path}: the file is empty.`, { file: path });
  if (start.subarray(0, 2).toString('latin1') === 'PK') return;
  const isTar = start.subarray(257, 262).toString('latin1') === 'ustar';
  if (isTar || (start[0] === 0x80 && start[2] === 0x8a)) {
    throw invalid(
      path,
      "it is in torch's old format, from before zip containers. Convert it once where torch is installed: " +
        "torch.save(torch.load(FILE, map_location='cpu', weights_only=True), FILE)",
    );
  }
  throw invalid(path, 'it is not a zip container as torch.save writes it');
}

function storageBytes(storage: TorchStorage): number {
  return storage.elements * storage.type.sizeBytes;
}

function invalid(path: string, reason: string, cause?: unknown): EcapaError {
  return new EcapaError(
    'CHECKPOINT_INVALID',
    `${path}: not a checkpoint that can be read: ${reason}. Download or save it again.`,
    { file: path, cause },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
