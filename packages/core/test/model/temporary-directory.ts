import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for each suite, removed after it. Call inside `describe`. */
export function useTemporaryDirectory(): (...parts: string[]) => string {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ecapa-model-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  return (...parts) => join(directory, ...parts);
}
