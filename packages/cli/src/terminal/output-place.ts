import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { withByteEscapes, writeError } from '@ecapa/core/host';
import { UsageError } from './failure.js';

export interface OutputRequest {
  /** The value of `--output`; this folder otherwise. */
  readonly output: string | undefined;
  /** The inputs as named on the command line. */
  readonly names: readonly string[];
  /** The files behind them. */
  readonly files: readonly string[];
  readonly journal: string | undefined;
  /** What follows the recording's own name in the name of its output. */
  readonly ending: string;
  /** A recording becomes any number of files, whose names continue with the time after `ending`. */
  readonly isParts: boolean;
  /** A recording becomes a file for each of its channels. */
  readonly isChannels?: boolean;
}

/** Where a run writes: a file, or a folder in which each recording has a name of its own. */
export interface OutputPlace {
  readonly path: string;
  /** The folder may still have to be made. */
  readonly isFolder: boolean;
  /** How the names of what is written for a recording begin. */
  stemOf(file: string): string;
  pathOf(file: string): string;
  /** Where a recording's channels, which count from 1, get a file each. */
  pathOfChannel(file: string, channel: number): string;
}

/** The time in the name of a part, as `cutRecording` writes it. */
const PART_TIME = /\.\d+\.\d+-\d+\.\d+\.wav$/;

/**
 * Decides where to write before anything is analysed, so that a refusal does not come after an hour, and so that what
 * is written replaces neither a recording nor the journal nor what was written for another recording.
 *
 * @throws RangeError for a file that is read itself; EcapaError WRITE_FAILED where no folder is
 */
export async function findOutputPlace(request: OutputRequest): Promise<OutputPlace> {
  const { output = '.', files, journal, ending } = request;
  const isFolder = await isMeantAsFolder(request);
  const recordings = await identities(files.filter((file) => file !== '-'));
  const journals = await identities(journal === undefined ? [] : [journal]);
  if (!isFolder) {
    for (const path of await identities([output])) {
      if (recordings.has(path))
        throw new UsageError(`--output: ${output} is the recording itself. Name another file.`);
      if (journals.has(path))
        throw new UsageError(`--output: ${output} is the journal of --resume. Name another file.`);
    }
    const parent = await stat(dirname(output)).catch((cause: unknown) => {
      throw writeError(output, cause);
    });
    if (!parent.isDirectory()) throw writeError(output, { code: 'ENOTDIR' });
    const pathOf = (): string => output;
    return { path: output, isFolder, stemOf: stemOfFile, pathOf, pathOfChannel: pathOf };
  }
  const folder = await realpath(output).catch(() => resolve(output));
  const read = [...recordings, ...journals].filter((path) => dirname(path) === folder).map(foldedName);
  const stems = freeStems(request, new Set(request.isParts ? read.map(withoutPartTime) : read));
  const stemOf = (file: string): string => stems.get(file) ?? stemOfFile(file);
  return {
    path: output,
    isFolder,
    stemOf,
    pathOf: (file) => join(output, `${stemOf(file)}${ending}`),
    pathOfChannel: (file, channel) => join(output, `${stemOf(file)}.${channel}${ending}`),
  };
}

async function isMeantAsFolder({
  output,
  names,
  files,
  isParts,
  isChannels,
}: OutputRequest): Promise<boolean> {
  if (output === undefined || isParts || isChannels || files.length > 1) return true;
  if (output.endsWith('/') || output.endsWith(sep)) return true;
  // Who names a folder gets a folder, however many recordings lie in it today.
  return (await Promise.all([output, ...names].map(isFolderNow))).includes(true);
}

async function isFolderNow(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** All that paths are known by: a link's own place and where it leads, so that neither is written over. */
async function identities(paths: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
      const place = join(folder, basename(path));
      return [place, await realpath(path).catch(() => place)];
    }),
  );
  return new Set(found.flat());
}

/** `talk` for `talk.wav`; `talk-2` when two folders hold a talk, or when a file that is read has the name. */
function freeStems({ files, ending }: OutputRequest, read: ReadonlySet<string>): Map<string, string> {
  const stems = new Map<string, string>();
  const taken = new Set<string>();
  for (const file of files) {
    const base = stemOfFile(file);
    let stem = base;
    const name = (): string => foldedName(`${stem}${ending}`);
    for (let n = 2; taken.has(name()) || read.has(name()); n++) stem = `${base}-${n}`;
    taken.add(name());
    stems.set(file, stem);
  }
  return stems;
}

function stemOfFile(file: string): string {
  return file === '-' ? 'standard-input' : withByteEscapes(basename(file, extname(file)));
}

/** Names that differ in case alone are one file on many systems. */
function foldedName(path: string): string {
  return basename(path).toLowerCase();
}

function withoutPartTime(name: string): string {
  return name.replace(PART_TIME, '');
}
