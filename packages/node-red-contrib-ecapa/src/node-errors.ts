import { isEcapaError } from '@ecapa/core';
import type { NodeAPI } from 'node-red';

/** What is wrong with a message or with the settings of a node; everything else has a code of core's. */
export type NodeErrorCode = 'MESSAGE_INVALID' | 'SETTINGS_INVALID';

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The error that Catch nodes receive: it has a code, and Node-RED logs only its message. */
export function reported(error: Error, code: NodeErrorCode): Error & { readonly code: string } {
  // Several messages may fail with the same error, such as that of a model that cannot be opened.
  Reflect.defineProperty(error, 'toString', { value: () => error.message, configurable: true });
  const own = (error as { code?: unknown }).code;
  // Node-RED passes on own properties only.
  Reflect.defineProperty(error, 'code', {
    value: typeof own === 'string' ? own : code,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  return error as Error & { readonly code: string };
}

/** An error for a status line. */
export function shortReason(RED: NodeAPI, error: Error): string {
  if (!isEcapaError(error)) return RED._('ecapa.status.message');
  return error.code.toLowerCase().replaceAll('_', ' ');
}
