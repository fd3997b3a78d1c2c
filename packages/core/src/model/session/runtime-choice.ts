import type { RuntimeName } from './session.js';

/** Environment variable that chooses the runtime where nothing else does. */
export const RUNTIME_VARIABLE = 'ECAPA_RUNTIME';

/** `auto`: the native library where it loads, WebAssembly where it does not. */
export type RuntimeChoice = RuntimeName | 'auto';

const CHOICES: readonly RuntimeChoice[] = ['auto', 'native', 'wasm'];

/** Whether a text names a choice of runtime. */
export function isRuntimeChoice(value: unknown): value is RuntimeChoice {
  return CHOICES.some((choice) => choice === value);
}

/**
 * The runtime to use: `wanted` unless it is `auto` or absent, else the environment variable ECAPA_RUNTIME, else `auto`.
 * Throws TypeError naming the option or the variable.
 */
export function runtimeChoice(wanted: unknown = 'auto'): RuntimeChoice {
  if (!isRuntimeChoice(wanted)) throw new TypeError(`runtime: ${expected(wanted)}`);
  if (wanted !== 'auto') return wanted;
  const named = process.env[RUNTIME_VARIABLE] || 'auto';
  if (!isRuntimeChoice(named)) throw new TypeError(`${RUNTIME_VARIABLE}: ${expected(named)}`);
  return named;
}

function expected(value: unknown): string {
  return `expected "auto", "native" or "wasm", got ${JSON.stringify(value)}`;
}
