import { EcapaError } from '../../errors.js';
import { loadNativeRuntime, NativeUnavailable, platformName } from './native-runtime.js';
import type { RuntimeChoice } from './runtime-choice.js';
import { type Runtime, type RuntimeInfo, reasonOf } from './session.js';
import { loadWasmRuntime } from './wasm-runtime.js';

/**
 * Loads the runtime of a choice, with what there is to report about it. With `nativeCrash`, how the native library ended an
 * earlier process, `auto` does not load it again. Throws `RUNTIME_UNAVAILABLE`.
 */
export async function loadRuntime(
  choice: RuntimeChoice,
  nativeCrash?: string,
): Promise<{ runtime: Runtime; info: RuntimeInfo }> {
  if (choice === 'wasm') {
    return loadWasm({ code: 'requested', message: 'the WebAssembly runtime was asked for' });
  }
  if (choice === 'auto' && nativeCrash !== undefined)
    return loadWasm({ code: 'load-failed', message: nativeCrash });
  try {
    const runtime = await loadNativeRuntime();
    return { runtime, info: { name: runtime.name, version: runtime.version } };
  } catch (cause) {
    if (!(cause instanceof NativeUnavailable)) throw cause;
    if (choice === 'native') {
      throw new EcapaError(
        'RUNTIME_UNAVAILABLE',
        `The native inference library cannot be used: ${cause.message}. Choose the runtime "auto" or "wasm", which works everywhere.`,
        { cause },
      );
    }
    return loadWasm({ code: cause.code, message: cause.message });
  }
}

async function loadWasm(
  reason: NonNullable<RuntimeInfo['reason']>,
): Promise<{ runtime: Runtime; info: RuntimeInfo }> {
  try {
    const runtime = await loadWasmRuntime();
    return { runtime, info: { name: runtime.name, version: runtime.version, reason } };
  } catch (cause) {
    throw new EcapaError(
      'RUNTIME_UNAVAILABLE',
      `The WebAssembly inference runtime does not load on ${platformName()} with Node ${process.versions.node}: ` +
        `${reasonOf(cause)}. It is used because ${reason.message}. Reinstall the package.`,
      { cause },
    );
  }
}
