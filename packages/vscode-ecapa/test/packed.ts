import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AdmZip from 'adm-zip';

const ROOT = join(__dirname, '..', '..', '..');

/** Every target that VS Code has; the last four have no native library and compute in WebAssembly alone. */
export const TARGETS = [
  ...['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'],
  ...['linux-armhf', 'alpine-x64', 'alpine-arm64', 'darwin-x64'],
];

/** The target that runs on this machine. */
export const OWN_TARGET = `${process.platform}-${process.arch}`;

/** Packs the VSIX files of some targets into artifacts/, as `npm run package` does. */
export function packVsix(targets: readonly string[]): void {
  const script = join(ROOT, 'scripts', 'package-vscode.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...targets], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Where a target's VSIX lies once it is packed. */
export function vsixOf(target: string): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const path = join(ROOT, 'artifacts', `vscode-ecapa-${target}-${version}.vsix`);
  if (!existsSync(path)) throw new Error(`${path} is not there: npm run package makes it`);
  return path;
}

/** Unpacks the VSIX of this machine into a folder and returns where the extension lies in it. */
export function unpackVsix(folder: string): string {
  new AdmZip(vsixOf(OWN_TARGET)).extractAllTo(folder, true);
  return join(folder, 'extension');
}
