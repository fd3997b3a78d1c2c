import { fileURLToPath } from 'node:url';
import {
  type AudioInput,
  type FoundFile,
  findAudioFiles,
  isHttpAddress,
  remoteAudio,
} from '@ecapa/core/verdicts';
import { UsageError } from './terminal/failure.js';

/** The files behind the names on a command line, each once; `-` stands for standard input, addresses for themselves. */
export async function findInputs(names: readonly string[], signal: AbortSignal): Promise<FoundFile[]> {
  const found = await Promise.all(
    names.map((name) =>
      name === '-' || isHttpAddress(name) ? [{ path: name }] : findAudioFiles([pathOf(name)], signal),
    ),
  );
  return [...new Map(found.flat().map((file) => [file.path, file])).values()];
}

/** What a name stands for, as the engine takes it. */
export function inputOf(name: string, signal: AbortSignal): AudioInput {
  if (name === '-') return process.stdin;
  return isHttpAddress(name) ? remoteAudio(name, { signal }) : pathOf(name);
}

/** What messages call it. */
export function nameOf(name: string): string {
  return name === '-' ? 'standard input' : name;
}

function pathOf(name: string): string {
  if (!/^file:\/\//i.test(name)) return name;
  try {
    return fileURLToPath(name);
  } catch {
    throw new UsageError(`${name}: this file: address leads to no path on this machine`);
  }
}
