import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isEcapaError } from '@ecapa/core';
import { readRegularFile } from '@ecapa/core/host';
import type { Command } from 'commander';
import { UsageError } from './terminal/failure.js';

/** Defaults of options, from a file. Keys are the long options' names. */
export interface Config {
  readonly model?: string;
  readonly head?: string;
  readonly workers?: number;
  /** Only in the user's own file: a folder that is classified must not name a program to run. */
  readonly ffmpeg?: string;
}

const PROJECT_FILE = 'ecapa.config.json';
const MAXIMUM_BYTES = 1 << 20;

/**
 * The defaults that hold in a folder: those of `ecapa.config.json`, or of the key `ecapa` in `package.json`, in the
 * nearest folder upwards that has one; then those of the user's own file (`configPath`).
 *
 * @throws UsageError for a file that is not a JSON object, and for keys and values that no option takes
 */
export async function loadConfig(folder: string): Promise<Config> {
  const own = await readConfig(configPath());
  return { ...own, ...(await projectConfig(resolve(folder))) };
}

/** The user's own file: `ecapa/config.json` where programs keep their settings. */
export function configPath(): string {
  const { XDG_CONFIG_HOME, APPDATA } = process.env;
  const base = process.platform === 'win32' ? APPDATA : XDG_CONFIG_HOME;
  return join(base || join(homedir(), '.config'), 'ecapa', 'config.json');
}

/** Sets every option of a command that the command line leaves open and the configuration has. */
export async function applyConfig(command: Command): Promise<void> {
  const open = command.options
    .map((option) => option.attributeName())
    .filter((name) => KEYS.has(name) && command.getOptionValueSource(name) === undefined);
  if (open.length === 0) return;
  const config = new Map(Object.entries(await loadConfig(process.cwd())));
  for (const name of open) {
    const value: unknown = config.get(name);
    if (value !== undefined) command.setOptionValueWithSource(name, value, 'config');
  }
}

async function projectConfig(folder: string): Promise<Config> {
  for (let place = folder; ; place = dirname(place)) {
    const file = await readConfig(join(place, PROJECT_FILE));
    const found = file ?? (await readConfig(join(place, 'package.json'), 'ecapa'));
    if (found !== undefined) {
      if (found.ffmpeg !== undefined) {
        throw new UsageError(
          `ffmpeg: name the program in ${configPath()} or with --ffmpeg; the configuration in ${place} may not choose programs to run`,
        );
      }
      return found;
    }
    if (place === dirname(place)) return {};
  }
}

/** Undefined where there is no such file, or no such key in it. */
async function readConfig(path: string, key?: string): Promise<Config | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readRegularFile(path, { maximumBytes: MAXIMUM_BYTES, mayBeEmpty: true });
  } catch (error) {
    if (isEcapaError(error) && (error.code === 'FILE_NOT_FOUND' || key !== undefined)) return undefined;
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    if (key !== undefined) return undefined; // others complain about a damaged package.json
    throw new UsageError(`${path}: this is not JSON`);
  }
  const value = key === undefined ? content : isRecord(content) ? content[key] : undefined;
  return value === undefined ? undefined : parseConfig(value, path);
}

type Check = (value: unknown, path: string) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';

/** What each key takes. */
const KEYS: ReadonlyMap<string, { readonly expected: string; readonly isRight: Check }> = new Map([
  ['model', { expected: 'an id or a path', isRight: isText }],
  ['head', { expected: 'an id or a path', isRight: isText }],
  ['ffmpeg', { expected: 'a path', isRight: isText }],
  [
    'workers',
    { expected: 'a whole number from 1', isRight: (value) => Number.isInteger(value) && Number(value) >= 1 },
  ],
]);

/** Paths that begin with a dot count from the file's folder. */
function parseConfig(value: unknown, path: string): Config {
  if (!isRecord(value))
    throw new UsageError(`${path}: expected an object with ${[...KEYS.keys()].join(', ')}`);
  const entries = Object.entries(value).map(([name, given]) => {
    const key = KEYS.get(name);
    if (key === undefined) {
      throw new UsageError(`${path}: there is no setting "${name}", only ${[...KEYS.keys()].join(', ')}`);
    }
    if (!key.isRight(given, path)) throw new UsageError(`${path}: ${name}: expected ${key.expected}`);
    const isRelative = typeof given === 'string' && /^\.{1,2}[\\/]/.test(given);
    return [name, isRelative ? resolve(dirname(path), given) : given];
  });
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
