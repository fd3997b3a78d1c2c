import { platformName } from '../model/session/native-runtime.js';
import { runtimeChoice } from '../model/session/runtime-choice.js';
import type { WorkerSettings } from './protocol.js';
import { WorkerGone } from './worker-process.js';

/**
 * Settings for another attempt after a worker failed to start with `settings`: with WebAssembly where the native library,
 * unasked for, took the process down with it (a processor that lacks an instruction, a damaged file). Undefined
 * for any other failure.
 */
export function fallbackSettings(settings: WorkerSettings, error: unknown): WorkerSettings | undefined {
  if (!(error instanceof WorkerGone && error.isFault)) return undefined;
  if (settings.nativeCrash !== undefined || runtimeChoice(settings.runtime) !== 'auto') return undefined;
  const nativeCrash = `onnxruntime-node ends the process that loads it on ${platformName()}: ${error.how}`;
  return { ...settings, nativeCrash };
}
