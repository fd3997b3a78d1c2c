import { type DecoderExports, type DecoderHost, instantiateDecoder } from './wasm-module.js';

/** An instance of the decoder, for one file at a time. */
export interface DecoderInstance {
  readonly exports: DecoderExports;
}

interface Reusable extends DecoderInstance {
  readonly sizeBytes: number;
  host: DecoderHost;
}

/** What is not zero in the memory of an instance that has done nothing yet. */
interface Image {
  readonly start: number;
  readonly bytes: Uint8Array;
}

interface Instances {
  taken: number;
  image: Image | undefined;
  idle: Reusable | undefined;
}

const NO_INPUT: DecoderHost = { sizeBytes: 0, readAt: () => 0 };
const instancesOf = new WeakMap<WebAssembly.Module, Instances>();

/**
 * An instance in the state of a new one: its whole memory is what it was at the start, so that nothing which a file has
 * done there reaches the next. To make an instance anew for each of many short files costs more than to decode them:
 * pages to map, and a full garbage collection for every few, since V8 counts their memory as its own.
 */
export function takeDecoder(module: WebAssembly.Module, host: DecoderHost): DecoderInstance {
  const instances = instancesOf.get(module) ?? { taken: 0, image: undefined, idle: undefined };
  instancesOf.set(module, instances);
  instances.taken++;
  const { idle, image } = instances;
  if (idle !== undefined && image !== undefined) {
    instances.idle = undefined;
    restore(idle, image);
    idle.host = host;
    return idle;
  }
  const made = make(module, host);
  // Not for the first one: most programs decode one file, and wait for it.
  if (instances.taken > 1) instances.image ??= imageOf(made);
  return made;
}

/**
 * Takes an instance back whose calls have all returned: after a trap its stack is not where it was. One that has grown is
 * left to the garbage collector.
 */
export function giveDecoderBack(module: WebAssembly.Module, instance: DecoderInstance): void {
  const instances = instancesOf.get(module);
  const used = instance as Reusable;
  if (instances?.image === undefined || used.exports.memory.buffer.byteLength !== used.sizeBytes) return;
  used.host = NO_INPUT;
  instances.idle = used;
}

function make(module: WebAssembly.Module, host: DecoderHost): Reusable {
  const link = { host };
  const exports = instantiateDecoder(module, {
    get sizeBytes() {
      return link.host.sizeBytes;
    },
    readAt: (offset, into) => link.host.readAt(offset, into),
  });
  return Object.assign(link, { exports, sizeBytes: exports.memory.buffer.byteLength });
}

function restore({ exports }: DecoderInstance, { start, bytes }: Image): void {
  const memory = new Uint8Array(exports.memory.buffer);
  memory.fill(0, 0, start);
  memory.set(bytes, start);
  memory.fill(0, start + bytes.length);
}

function imageOf({ exports }: DecoderInstance): Image {
  const words = new Uint32Array(exports.memory.buffer);
  let first = 0;
  let end = words.length;
  while (first < end && words[first] === 0) first++;
  while (end > first && words[end - 1] === 0) end--;
  const start = first * words.BYTES_PER_ELEMENT;
  return { start, bytes: new Uint8Array(exports.memory.buffer).slice(start, end * words.BYTES_PER_ELEMENT) };
}
