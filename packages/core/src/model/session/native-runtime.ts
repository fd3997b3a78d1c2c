import type { InferenceSession } from 'onnxruntime-node';
import { loadOnce } from './load-once.js';
import type { Runtime, RuntimeReasonCode, Session } from './session.js';
import { reasonOf } from './session.js';

type Library = typeof import('onnxruntime-node');

/** The native library cannot be used on this machine. */
export class NativeUnavailable extends Error {
  constructor(
    readonly code: Exclude<RuntimeReasonCode, 'requested'>,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Loads `onnxruntime-node`, once per process. The library reports its use to its maker, on Linux and macOS over the network, unless a
 * variable is set before it starts. Throws `NativeUnavailable`.
 */
export const loadNativeRuntime: () => Promise<Runtime> = loadOnce(load);

async function load(): Promise<Runtime> {
  const libc = cLibrary();
  // A loader for glibc programs may be there (gcompat), and then loading succeeds and computing crashes.
  if (libc === 'other') {
    throw new NativeUnavailable(
      'no-build',
      `onnxruntime-node has no build for ${platformName()}: the C library is not glibc (musl, as on Alpine)`,
    );
  }
  process.env.ORT_DISABLE_TELEMETRY = '1';
  let library: Library;
  try {
    const module = await import('onnxruntime-node');
    // CommonJS seen from an ES module: names that the loader did not detect lie under `default`.
    library = 'InferenceSession' in module ? module : (module as { default: Library }).default;
  } catch (cause) {
    const isMissing = isModuleNotFound(cause);
    throw new NativeUnavailable(
      isMissing ? 'no-build' : 'load-failed',
      isMissing
        ? `onnxruntime-node has no build for ${platformName()}, or is not installed`
        : `onnxruntime-node does not load on ${platformName()}: ${reasonOf(cause)}`,
      { cause },
    );
  }
  library.env.logLevel = 'fatal';
  return {
    name: 'native',
    version: library.env.versions.node ?? library.env.versions.common,
    open: (onnx, threads) => openNativeSession(library, onnx, threads),
  };
}

async function openNativeSession(library: Library, onnx: Uint8Array, threads: number): Promise<Session> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // One block planned for a whole run is larger than what the run needs at any moment.
    enableMemPattern: false,
    // Errors are thrown; nothing is printed.
    logSeverityLevel: 4,
    // Idle threads sleep instead of spinning: on busy cores spinning doubled the time of an inference.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  const session = await library.InferenceSession.create(onnx, options);
  return {
    async run(inputs, output) {
      const feeds: Record<string, InstanceType<Library['Tensor']>> = {};
      for (const [name, { values, shape }] of Object.entries(inputs)) {
        feeds[name] = new library.Tensor('float32', values, shape);
      }
      const data = (await session.run(feeds, [output]))[output]?.data;
      if (!(data instanceof Float32Array)) throw new TypeError(`no float32 output "${output}"`);
      return data;
    },
    release: () => session.release(),
  };
}

function isModuleNotFound(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

/** System and processor, and on Linux the C library. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  const version = glibcVersion();
  return version === undefined ? name : `${name} with glibc ${version}`;
}

function cLibrary(): 'glibc' | 'other' | 'none' {
  if (process.platform !== 'linux') return 'none';
  return glibcVersion() === undefined ? 'other' : 'glibc';
}

function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const { excludeNetwork } = report;
  // Without this a report asks for the names of this machine's addresses, which may take seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork ?? false;
  return header?.glibcVersionRuntime;
}
