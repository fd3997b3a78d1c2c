import { type FoundFile, findAudioFiles } from '@ecapa/core/verdicts';

/** The files behind the names on a command line, each once; `-` stands for standard input. */
export async function findInputs(names: readonly string[], signal: AbortSignal): Promise<FoundFile[]> {
  const found = await Promise.all(
    names.map((name) => (name === '-' ? [{ path: '-' }] : findAudioFiles([name], signal))),
  );
  return [...new Map(found.flat().map((file) => [file.path, file])).values()];
}
