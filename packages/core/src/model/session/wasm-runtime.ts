import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findAsset } from '../../assets.js';
import { loadOnce } from './load-once.js';
import type { Runtime, Session } from './session.js';

type Library = typeof import('onnxruntime-web/wasm');

/** The compiled runtime and the program that starts it, as onnxruntime-web names them. */
const WASM_FILE = 'ort-wasm-simd-threaded.wasm';
const GLUE_FILE = 'ort-wasm-simd-threaded.mjs';
/** Where packages that bundle core keep the two. */
const FOLDER = 'onnxruntime';

/**
 * Loads ONNX Runtime as WebAssembly, once per process: the module is compiled once and its memory is shared by all
 * sessions. Rejects with the reason when this Node cannot run it.
 */
export const loadWasmRuntime: () => Promise<Runtime> = loadOnce(load);

async function load(): Promise<Runtime> {
  const module = await import('onnxruntime-web/wasm');
  const library = 'InferenceSession' in module ? module : (module as { default: Library }).default;
  const files = runtimeFiles();
  library.env.logLevel = 'fatal';
  library.env.wasm.numThreads = 1;
  library.env.wasm.wasmPaths = { mjs: pathToFileURL(files.glue).href };
  const binary = await readFile(files.wasm);
  library.env.wasm.wasmBinary = binary;
  return {
    name: 'wasm',
    version: library.env.versions.web ?? library.env.versions.common,
    async open(onnx) {
      try {
        return await openWasmSession(library, onnx);
      } finally {
        // Compiled with the first session, and V8 keeps a copy of its own; the library would keep this one for ever.
        if (binary.byteLength > 0) structuredClone(binary.buffer, { transfer: [binary.buffer] });
      }
    },
  };
}

async function openWasmSession(library: Library, onnx: Uint8Array): Promise<Session> {
  const session = await library.InferenceSession.create(onnx, {
    executionProviders: ['wasm'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 4,
  });
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

function runtimeFiles(): { readonly wasm: string; readonly glue: string } {
  const wasm = findAsset(join(FOLDER, WASM_FILE)) ?? inDependency(createRequire(import.meta.url), WASM_FILE);
  return { wasm, glue: join(dirname(wasm), GLUE_FILE) };
}

/** As core is developed. The require is handed in: bundlers would follow it where they see it made, and find nothing. */
function inDependency(from: NodeJS.Require, name: string): string {
  return from.resolve(['onnxruntime-web', name].join('/'));
}
