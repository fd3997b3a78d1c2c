import assert from 'node:assert/strict';
import { type EcapaError, type ErrorCode, isEcapaError } from '../../src/errors.js';

/** Runs something that must fail with a typed error, and gives the error back. */
export async function expectError(
  action: () => unknown,
  code: ErrorCode,
  message?: RegExp,
): Promise<EcapaError> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  assert.ok(isEcapaError(error), `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (message) assert.match(error.message, message);
  return error;
}
