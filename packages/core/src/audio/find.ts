import { stat } from 'node:fs/promises';
import { extname, isAbsolute, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { EcapaError } from '../errors.js';

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
 * (links to folders are not followed, so loops end), a glob for what it matches.
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
    const denied = (cause as NodeJS.ErrnoException).code === 'EACCES';
    if (!denied && isDynamicPattern(name)) {
      const matches = await glob(process.platform === 'win32' ? name.replaceAll('\\', '/') : name, {
        followSymbolicLinks: false,
        absolute: isAbsolute(name),
        ...(signal === undefined ? {} : { signal }),
      });
      if (matches.length > 0) return withoutPipes(matches.sort(byName));
    }
    const error = denied
      ? new EcapaError('PERMISSION_DENIED', `${name}: no permission to read it.`, { file: name, cause })
      : new EcapaError('FILE_NOT_FOUND', `${name}: there is no such file or folder. Check the spelling.`, {
          file: name,
          cause,
        });
    return [{ path: name, error }];
  }
  if (!isDirectory) return [{ path: name }];
  const paths = (
    await glob('**/*', { cwd: name, followSymbolicLinks: false, ...(signal === undefined ? {} : { signal }) })
  )
    .filter((path) => AUDIO_EXTENSIONS.includes(extname(path).toLowerCase()))
    .sort(byName)
    .map((path) => join(name, path));
  if (paths.length === 0) {
    const error = new EcapaError(
      'NO_AUDIO_FILES',
      `${name}: no audio files in this folder. Files are looked for by extension (.wav, .mp3, ...); name others one by one.`,
      { file: name },
    );
    return [{ path: name, error }];
  }
  return withoutPipes(paths);
}

/** Nobody who names a folder means the pipes and devices in it, and reading one can take for ever. */
async function withoutPipes(paths: readonly string[]): Promise<FoundFile[]> {
  const isPlain = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (stats) => stats.isFile(),
        () => true, // a broken link, say: its error is told when it is read
      ),
    ),
  );
  return paths.filter((_, i) => isPlain[i]).map((path) => ({ path }));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
