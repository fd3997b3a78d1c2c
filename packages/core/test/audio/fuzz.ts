import type { DecodeOptions } from '../../src/audio/audio-source.js';
import { decodeMono16k } from '../../src/audio/decode.js';
import { isEcapaError } from '../../src/errors.js';
import { randomNumbers } from './fixtures.js';
import type { FuzzSeed } from './fuzz-seeds.js';
import { mutateAudio } from './mutate-audio.js';

/** What came out of the damaged files of one container. */
export interface ContainerOutcomes {
  readonly container: string;
  /** How often: `audio`, `partial` (audio with some of it missing), or the code of an error. */
  readonly outcomes: Record<string, number>;
  /** Processor time of the costliest file, and its seed: on a busy machine wall time does not show it. */
  slowestMilliseconds: number;
  slowestSeed: number;
  /** The most memory that a decoder took. */
  largestBytes: number;
  /** The longest audio that came out. */
  longestSeconds: number;
}

/** A damaged file that takes more processor time is at fault: the originals take a twentieth of a second. */
const LIMIT_MILLISECONDS = 20_000;
/** Ends what would not end; the machine may be busy with other things. */
const LIMIT_WALL_MILLISECONDS = 180_000;
/** Codes that a damaged file in memory must not end with: they are about a disk, a caller or a missing program. */
const NEVER: ReadonlySet<string> = new Set(['READ_FAILED', 'CANCELLED', 'CLOSED', 'DECODER_MISSING']);

/**
 * Decodes `count` damaged copies of `seeds`, in turn, number `first` first; each is made of its own number alone, so
 * that one can be made again. Throws at the first that ends in anything but audio or a typed error, or takes too long.
 */
export async function fuzzAudio(
  seeds: readonly FuzzSeed[],
  { first, count }: { readonly first: number; readonly count: number },
): Promise<ContainerOutcomes[]> {
  const containers = await Promise.all(seeds.map(containerOf));
  const found = new Map<string, ContainerOutcomes>();
  for (let number = first; number < first + count; number++) {
    const container = containers[number % seeds.length] ?? '';
    const result = found.get(container) ?? nothingYet(container);
    found.set(container, result);
    await decodeDamaged(seeds, number, result);
  }
  return [...found.values()].sort((a, b) => (a.container < b.container ? -1 : 1));
}

/** The damaged file of a number. */
export function damagedFile(seeds: readonly FuzzSeed[], number: number): FuzzSeed {
  const random = randomNumbers(number);
  const seed = seeds[number % seeds.length];
  const other = seeds[Math.floor(random() * seeds.length)];
  if (seed === undefined || other === undefined) throw new RangeError('seeds: there are none');
  return { name: seed.name, bytes: mutateAudio(seed.bytes, other.bytes, random) };
}

function nothingYet(container: string): ContainerOutcomes {
  return {
    container,
    outcomes: {},
    slowestMilliseconds: 0,
    slowestSeed: 0,
    largestBytes: 0,
    longestSeconds: 0,
  };
}

async function containerOf({ name, bytes }: FuzzSeed): Promise<string> {
  try {
    const decoding = await decodeMono16k(bytes, { name });
    await decoding.close();
    return decoding.info.container;
  } catch {
    return 'no audio'; // a film without sound is a seed too
  }
}

async function decodeDamaged(
  seeds: readonly FuzzSeed[],
  number: number,
  result: ContainerOutcomes,
): Promise<void> {
  const { name, bytes } = damagedFile(seeds, number);
  const watch = watchMemory();
  const start = process.cpuUsage();
  let outcome: string;
  try {
    const signal = AbortSignal.timeout(LIMIT_WALL_MILLISECONDS);
    // As timelines decode, which note what is missing, and as players do, which fill it.
    const heard = await decode(bytes, { name, signal, gapsAsSilence: number % 2 === 0 });
    result.longestSeconds = Math.max(result.longestSeconds, heard.seconds);
    outcome = heard.partial ? 'partial' : 'audio';
  } catch (cause) {
    if (!isEcapaError(cause) || NEVER.has(cause.code)) {
      throw new Error(`damaged file ${number}, of ${name}: ${cause}`, { cause });
    }
    outcome = cause.code;
  } finally {
    result.largestBytes = Math.max(result.largestBytes, watch.end());
  }
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  if (milliseconds > LIMIT_MILLISECONDS) {
    throw new Error(`damaged file ${number}, of ${name}: ${milliseconds} ms of processor time`);
  }
  if (milliseconds > result.slowestMilliseconds) {
    result.slowestMilliseconds = milliseconds;
    result.slowestSeed = number;
  }
  result.outcomes[outcome] = (result.outcomes[outcome] ?? 0) + 1;
}

async function decode(
  bytes: Uint8Array,
  options: DecodeOptions,
): Promise<{ readonly seconds: number; readonly partial: boolean }> {
  const decoding = await decodeMono16k(bytes, options);
  let samples = 0;
  for await (const block of decoding.blocks) {
    let sum = 0; // quicker than looking at each of the samples of hours
    for (let i = 0; i < block.length; i++) sum += block[i] as number;
    if (!Number.isFinite(sum)) throw new RangeError('a sample is not finite');
    samples += block.length;
  }
  const { partial } = decoding.summary();
  if (samples === 0) throw new RangeError('no samples and no error');
  return { seconds: samples / 16_000, partial };
}

/** The memory of the decoders that are started until `end`; it never shrinks while one lives. */
function watchMemory(): { end(): number } {
  const memories: WebAssembly.Memory[] = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...given: ConstructorParameters<typeof Instance>) {
      super(...given);
      memories.push(this.exports.memory as WebAssembly.Memory);
    }
  };
  return {
    end() {
      WebAssembly.Instance = Instance;
      return Math.max(0, ...memories.map((memory) => memory.buffer.byteLength));
    },
  };
}
