import { opendir, stat } from 'node:fs/promises';
import { extname, isAbsolute, join } from 'node:path';
import { EcapaError, isEcapaError } from '../errors.js';
import { readError } from '../files.js';

/**
 * Extensions under which audio is looked for in folders. Only there: a file that is named itself is
 * tried whatever it is called, and the content decides what it is.
 */
export const AUDIO_EXTENSIONS: readonly string[] = (
  'wav wave w64 rf64 bwf mp3 mp2 mp1 mpga ogg oga opus spx flac aac adts m4a m4b m4r mp4 m4v mov 3gp 3g2 mka mkv webm weba ' +
  'aif aiff aifc caf wma asf avi flv amr awb au snd ac3 eac3 dts wv ape tta dsf ts mts m2t m2ts mpg mpeg gsm alac voc'
)
  .split(' ')
  .map((extension) => `.${extension}`);

/** A file to work on, or why a name leads to none. */
export type FoundFile = { readonly path: string } | { readonly path: string; readonly error: EcapaError };

/**
 * Files behind names: a file stands for itself, a folder for the audio files in it and below
 * (links to files count, links to folders are not followed, so that loops end), a glob for what it matches.
 * A name that leads nowhere is returned with its error: `FILE_NOT_FOUND`, `PERMISSION_DENIED` or
 * `NO_AUDIO_FILES`. Order: as named, then alphabetical inside folders and globs; each file once.
 */
export async function findAudioFiles(names: readonly string[], signal?: AbortSignal): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const name of names) {
    for (const file of await expand(name, signal)) if (!found.has(file.path)) found.set(file.path, file);
  }
  return [...found.values()];
}

async function expand(name: string, signal: AbortSignal | undefined): Promise<FoundFile[]> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(name)).isDirectory();
  } catch (cause) {
    const error = unreadable(name, cause);
    const matches = error.code === 'FILE_NOT_FOUND' ? await matchesOf(name, signal) : [];
    return matches.length > 0 ? plainOnes(matches.sort(byName)) : [{ path: name, error }];
  }
  if (!isDirectory) return [{ path: name }];
  const found: FoundFile[] = [];
  for await (const file of walkAudioFiles(name, signal)) found.push(file);
  if (found.length > 0) return found.sort((a, b) => byName(a.path, b.path));
  const error = new EcapaError(
    'NO_AUDIO_FILES',
    `${name}: no audio files in this folder. Files are looked for by extension (.wav, .mp3, ...); name others one by one.`,
    { file: name },
  );
  return [{ path: name, error }];
}

/** What a glob matches; nothing for a name that is none. */
async function matchesOf(name: string, signal: AbortSignal | undefined): Promise<string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby'); // plain names do not wait for it to load
  if (!isDynamicPattern(name)) return [];
  return glob(process.platform === 'win32' ? name.replaceAll('\\', '/') : name, {
    absolute: isAbsolute(name),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * The audio files in a folder and below, one by one and in no particular order, hidden ones left out; a folder
 * that cannot be read is reported as an error. Memory does not grow with the number of files.
 */
export async function* walkAudioFiles(directory: string, signal?: AbortSignal): AsyncGenerator<FoundFile> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(directory)) {
      if (signal?.aborted) throw new EcapaError('CANCELLED', `${directory}: cancelled.`, { file: directory });
      if (entry.name.startsWith('.')) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (AUDIO_EXTENSIONS.includes(extname(entry.name).toLowerCase()) && (await isPlain(path)))
        yield { path };
    }
  } catch (cause) {
    if (isEcapaError(cause)) throw cause;
    yield { path: directory, error: unreadable(directory, cause) };
  }
  for (const folder of folders) yield* walkAudioFiles(folder, signal);
}

/**
 * A file, or a link to one. Nobody who names a folder means the pipes and devices in it, and reading one can take for
 * ever; a folder may be called like a file. What a link that leads nowhere is missing is told when it is read.
 */
async function isPlain(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => true,
  );
}

async function plainOnes(paths: readonly string[]): Promise<FoundFile[]> {
  const kept = await Promise.all(paths.map(isPlain));
  return paths.filter((_, i) => kept[i]).map((path) => ({ path }));
}

function unreadable(name: string, cause: unknown): EcapaError {
  const notFound = { code: 'FILE_NOT_FOUND', advice: 'Check the spelling.' } as const;
  return readError(name, cause, { notFound });
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
