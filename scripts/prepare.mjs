// Brings a fresh clone to a runnable state with nothing but Node and npm: pnpm through npx, the
// packages of the lockfile, and a build of the sources that have changed since the last one.
// Everything it prints goes to standard error: standard output belongs to the program that runs next.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = manifest.packageManager.replace('pnpm@', '');
const stampDirectory = join(root, 'node_modules', '.ecapa');

/** Runs a command in the root; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // npm exports this project's silent log level to its children; an install must be able to print.
    const env = {
      ...process.env,
      npm_config_loglevel: 'error',
      TURBO_TELEMETRY_DISABLED: '1',
      ...options.env,
    };
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
      ...options,
      env,
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** The pinned pnpm: one that an earlier run has found, else through npx. */
export async function pnpm(args, options) {
  const stamp = join(stampDirectory, `pnpm-${pnpmVersion}`);
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (known !== '' && existsSync(known)) {
    const env = { ...options?.env, PATH: `${dirname(known)}${delimiter}${process.env.PATH ?? ''}` };
    return run(known, args, { ...options, env });
  }
  return run('npx', ['-y', `pnpm@${pnpmVersion}`, ...args], options);
}

/** npx puts its pnpm on PATH: remember where, so that the next run need not ask npm. */
async function rememberPnpm() {
  const stamp = join(stampDirectory, `pnpm-${pnpmVersion}`);
  if (existsSync(stamp) || process.platform === 'win32') return;
  const find = `const fs=require('fs'),p=require('path');for(const d of process.env.PATH.split(p.delimiter)){const f=p.join(d,'pnpm');if(d.includes('_npx')&&fs.existsSync(f)){fs.writeFileSync(process.argv[1],f);break}}`;
  await run('npx', ['-y', '-p', `pnpm@${pnpmVersion}`, '--', process.execPath, '-e', find, stamp]);
}

/** What an install depends on: the lockfile, the workspace's settings and this Node's ABI. */
function installKey() {
  const hash = createHash('sha256')
    .update(process.version.split('.')[0] ?? '')
    .update(process.arch);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/**
 * Installs `filters` (all packages when empty) from the lockfile, unless that has been done.
 * The root's `dependencies` are what a build needs; its `devDependencies` are for tests and linting.
 */
export async function install(name, filters = [], options = []) {
  const key = installKey();
  const stamps = [join(stampDirectory, `install-${name}`), join(stampDirectory, 'install-all')];
  if (stamps.some((stamp) => existsSync(stamp) && readFileSync(stamp, 'utf8') === key)) return;
  const code = await pnpm([
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    ...options,
    ...filters.flatMap((f) => ['--filter', f]),
  ]);
  if (code !== 0)
    fail(
      code,
      'The packages could not be installed. Is the npm registry reachable? Run the command again to retry.',
    );
  mkdirSync(stampDirectory, { recursive: true });
  writeFileSync(stamps[0], key);
  await rememberPnpm();
}

/** Runs turbo tasks; turbo rebuilds only what changed. */
export function turbo(args, options) {
  return pnpm(['exec', 'turbo', 'run', ...args], options);
}

/** Installs and builds what classifying needs: the CLI and core. */
export async function prepareCli() {
  await install('cli', ['ecapa-monorepo', 'ecapa...'], ['--prod']);
  const code = await turbo(
    [
      'build',
      '--filter',
      'ecapa...',
      '--output-logs',
      'errors-only',
      '--log-prefix',
      'none',
      '--no-update-notifier',
    ],
    {
      stdio: ['ignore', 'ignore', 2],
    },
  );
  if (code !== 0) {
    // The quiet run hid the compiler's output: print it.
    await turbo(['build', '--filter', 'ecapa...']);
    fail(code, 'The build failed; the messages above show where.');
  }
}

/** Runs the built CLI where the user stands, its output and exit code unchanged. */
export async function ecapa(args) {
  const cli = join(root, 'packages', 'cli', 'bin', 'ecapa.js');
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: 'inherit',
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve(signal === 'SIGINT' ? 130 : (exitCode ?? 1)));
  });
  process.exitCode = code;
}

export function fail(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
