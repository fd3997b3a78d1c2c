import type { Dirent } from 'node:fs';
import { type FileHandle, open, opendir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { EcapaError, isEcapaError } from '../errors.js';
import { readError } from '../files.js';
import { nameFromBytes, nativePath } from './native-path.js';
import { SNIFF_BYTES, sniff } from './sniff.js';

/**
 * Extensions under which audio is looked for in folders. Only there: a file that is named itself is
 * tried whatever its name, and the content decides what it is. A test holds other places that need the list to it.
 */
export const AUDIO_EXTENSIONS: readonly string[] = (
  'wav wave w64 rf64 bwf mp3 mp2 mp1 mpga ogg oga ogx ogv opus spx flac aac adts latm loas m4a m4b m4p m4r mp4 mp4a m4v ' +
  'mov 3gp 3g2 f4a f4v aax mka mkv webm weba aif aiff aifc caf caff wma wmv xwma asf avi flv amr awb au snd ac3 eac3 dts ' +
  'wv ape tta tak mpc dsf dff iff ts mts m2t m2ts mpg mpeg vob gsm alac voc'
)
  .split(' ')
  .map((extension) => `.${extension}`);

/** A file to work on, or why a name leads to none. */
export type FoundFile = { readonly path: string } | { readonly path: string; readonly error: EcapaError };

export interface FindOptions {
  readonly signal?: AbortSignal | undefined;
  /** Look into every file of a folder, whatever its name. */
  readonly all?: boolean | undefined;
  /** Called with each file of a folder that is passed over because neither its name nor its content is audio's. */
  readonly onPassedOver?: ((path: string) => void) | undefined;
}

/**
 * Files behind names: a file stands for itself, a folder for the audio files in it and below:
 * those with an extension of audio, and those without any whose first bytes are audio's (links to files count, links to folders are not followed, so that loops end), a glob for what it matches.
 * A name that leads nowhere is returned with its error: `FILE_NOT_FOUND`, `PERMISSION_DENIED` or
 * `NO_AUDIO_FILES`. Order: as named, then alphabetical inside folders and globs; each file once.
 */
export async function findAudioFiles(
  names: readonly string[],
  options: FindOptions = {},
): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const name of names) {
    for (const file of await expand(name, options)) if (!found.has(file.path)) found.set(file.path, file);
  }
  return [...found.values()];
}

async function expand(name: string, options: FindOptions): Promise<FoundFile[]> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(nativePath(name))).isDirectory();
  } catch (cause) {
    const error = unreadable(name, cause);
    const isMissing = error.code === 'FILE_NOT_FOUND';
    const escaped = isMissing ? await escapedName(name) : undefined;
    if (escaped !== undefined) return expand(escaped, options);
    const matches = isMissing ? await matchesOf(name, options.signal) : [];
    return matches.length > 0 ? plainOnes(matches.sort(byName)) : [{ path: name, error }];
  }
  if (!isDirectory) return [{ path: name }];
  const found: FoundFile[] = [];
  for await (const file of walkAudioFiles(name, options)) found.push(file);
  if (found.length > 0) return found.sort((a, b) => byName(a.path, b.path));
  const error = new EcapaError(
    'NO_AUDIO_FILES',
    `${name}: no audio files in this folder. Files are looked for by extension (.wav, .mp3, ...); name others one by one, or look into all of them.`,
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
export async function* walkAudioFiles(
  directory: string,
  options: FindOptions = {},
): AsyncGenerator<FoundFile> {
  const { signal, onPassedOver } = options;
  const folders: string[] = [];
  try {
    for await (const entry of await openFolder(directory)) {
      if (signal?.aborted) throw new EcapaError('CANCELLED', `${directory}: cancelled.`, { file: directory });
      const name = nameFromBytes(entry.name);
      if (name.startsWith('.')) continue;
      const path = join(directory, name);
      if (entry.isDirectory()) folders.push(path);
      else if (!(await isPlain(path))) continue;
      else if (await isWanted(path, options)) yield { path };
      else onPassedOver?.(path);
    }
  } catch (cause) {
    if (isEcapaError(cause)) throw cause;
    yield { path: directory, error: unreadable(directory, cause) };
  }
  for (const folder of folders) yield* walkAudioFiles(folder, options);
}

/** Its entries with names as bytes: Node's types know `buffer` of `readdir` alone. */
async function openFolder(directory: string): Promise<AsyncIterable<Dirent<Buffer>>> {
  const opened = await opendir(nativePath(directory), { encoding: 'buffer' as BufferEncoding });
  return opened as unknown as AsyncIterable<Dirent<Buffer>>;
}

async function isWanted(path: string, { all = false }: FindOptions): Promise<boolean> {
  const extension = extname(path).toLowerCase();
  if (AUDIO_EXTENSIONS.includes(extension)) return true;
  return all || extension === '' ? beginsLikeAudio(path) : false;
}

/** What cannot be read is taken, so that its error is reported. */
async function beginsLikeAudio(path: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(nativePath(path));
    const { buffer, bytesRead } = await file.read(new Uint8Array(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    const { kind } = sniff(buffer.subarray(0, bytesRead));
    return kind === 'media' || kind === 'headless';
  } catch {
    return true;
  } finally {
    await file?.close();
  }
}

/**
 * The file that a command line means whose name is not UTF-8: Node puts U+FFFD in place of what it cannot read. Undefined
 * when there is none, or more than one.
 */
async function escapedName(name: string): Promise<string | undefined> {
  if (!name.includes('\ufffd')) return undefined;
  const names = await readdir(dirname(name), { encoding: 'buffer' }).catch(() => []);
  const meant = names.filter((bytes) => bytes.toString() === basename(name));
  const [bytes] = meant;
  return meant.length === 1 && bytes !== undefined ? join(dirname(name), nameFromBytes(bytes)) : undefined;
}

/**
 * A file, or a link to one. Pipes and devices in a folder are not meant by its name, and reading one may never
 * end; a folder may have the name of an audio file. A broken link is reported when it is read.
 */
async function isPlain(path: string): Promise<boolean> {
  return stat(nativePath(path)).then(
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
