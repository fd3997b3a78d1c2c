import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Path of a committed fixture. */
export function fixturePath(...parts: string[]): string {
  return join(ROOT, 'test', 'fixtures', ...parts);
}

/**
 * Path of reference data that lies beside the repository and is not committed; undefined when absent. Where
 * `ECAPA_EXPECT_SHARED` is set its absence is an error: a run that should compare must not skip in silence.
 */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(process.env.ECAPA_SHARED ?? join(ROOT, '..', 'shared'), ...parts);
  if (existsSync(path)) return path;
  if (process.env.ECAPA_EXPECT_SHARED) throw new Error(`${path} is expected here and missing`);
  return undefined;
}

/** Skips the running test and prints why. */
export function skip(test: Mocha.Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  test.skip();
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Raw little-endian float32. */
export function readFloat32(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
