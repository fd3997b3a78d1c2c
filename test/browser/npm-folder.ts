import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where test programs that are no part of the workspace are kept between runs. */
const CACHE = join(__dirname, '..', '..', 'node_modules', '.ecapa');

/**
 * Installs a folder of `package.json` and `package-lock.json` once, and returns where: a folder of the
 * cache, or of `base`, named after the lockfile. `finish` may add to it; nobody sees it before that is done,
 * and several processes may try at the same time.
 *
 * Throws when npm fails: most likely the registry is out of reach.
 */
export async function installNpmFolder(
  source: string,
  options: { readonly base?: string | undefined; readonly finish?: (folder: string) => Promise<void> } = {},
): Promise<string> {
  const { name } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { name: string };
  const key = createHash('sha256')
    .update(readFileSync(join(source, 'package-lock.json')))
    .digest('hex');
  const folder = join(options.base ?? CACHE, `${name}-${key.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const growing = mkdtempSync(`${folder}.new-`);
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(growing, file));
    await npm(growing, ['ci']);
    await options.finish?.(growing);
    if (!existsSync(folder)) renameSync(growing, folder);
  } finally {
    rmSync(growing, { recursive: true, force: true });
  }
  return folder;
}

/** Runs npm in a folder; no package may run scripts of its own. */
export async function npm(folder: string, args: readonly string[]): Promise<void> {
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runToEnd('npm', all, folder);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} in ${folder} failed:\n${output.slice(-2000)}`);
}

/** Runs a program; its output, both streams together, is for error messages. */
export function runToEnd(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
