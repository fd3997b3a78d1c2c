import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToEnd } from '../../../../test/browser/npm-folder.js';
import { installVscodeHost, type VscodeHost } from './install.js';

export interface CodeServerOptions {
  /** The user's settings, beside those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** For test runs inside the extension host; changes how VS Code treats dialogs, so not for a person's run. */
  readonly isTestDriver?: boolean;
  /** Ask whether to trust folders, as the desktop does. */
  readonly withWorkspaceTrust?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output and VS Code's own logs go. */
  readonly logDirectory: string;
}

const QUIET = {
  'workbench.startupEditor': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'git.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
};

/** A code-server with its own user data, extensions and port: VS Code's server as it comes from npm. */
export class CodeServer {
  readonly #host: VscodeHost;
  readonly #options: CodeServerOptions;
  readonly #data = mkdtempSync(join(tmpdir(), 'vscode-host-'));
  #process: ChildProcess | undefined;
  #port = 0;

  private constructor(host: VscodeHost, options: CodeServerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Installs it on first use; throws when that cannot be done. The server itself is started by `start`. */
  static async prepare(options: CodeServerOptions): Promise<CodeServer> {
    const server = new CodeServer(await installVscodeHost(), options);
    mkdirSync(join(server.#data, 'User'));
    mkdirSync(server.#extensions);
    mkdirSync(options.logDirectory, { recursive: true });
    writeFileSync(join(server.#data, 'config.yaml'), '');
    server.#writeSettings(options.settings ?? {});
    return server;
  }

  get authority(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Where installed extensions lie unpacked. */
  get #extensions(): string {
    return join(this.#data, 'extensions');
  }

  get extensionsDirectory(): string {
    return this.#extensions;
  }

  /** The user's settings from the next start on. */
  #writeSettings(settings: Readonly<Record<string, unknown>>): void {
    writeFileSync(join(this.#data, 'User', 'settings.json'), JSON.stringify({ ...QUIET, ...settings }));
  }

  async installExtension(vsix: string): Promise<void> {
    const args = [this.#host.codeServer, ...this.#arguments(), '--install-extension', vsix, '--force'];
    const { code, output } = await runToEnd(this.#host.node, args, this.#data, { EXTENSIONS_GALLERY: '{}' });
    if (code !== 0) throw new Error(`${vsix} could not be installed:\n${output}`);
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const { isTestDriver = false, withWorkspaceTrust = false, env, logDirectory } = this.#options;
    const args = [this.#host.codeServer, ...this.#arguments(), '--bind-addr', this.authority];
    if (!withWorkspaceTrust) args.push('--disable-workspace-trust');
    // Without it VS Code silently ignores a payload that names tests.
    if (isTestDriver) args.push('--vscode-option', 'enable-smoke-test-driver');
    const child = spawn(this.#host.node, args, {
      detached: true, // a group of its own, so that its hosts end with it
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, EXTENSIONS_GALLERY: '{}' },
    });
    this.#process = child;
    const log = join(logDirectory, 'code-server.log');
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => appendFileSync(log, data));
    const isUp = (): Promise<boolean> =>
      fetch(`http://${this.authority}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (let tries = 0; !(await isUp()); tries++) {
      if (tries > 3000 || child.exitCode !== null) throw new Error(`code-server did not start; see ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The page of a folder, with what else the window is given. */
  url(folder: string, payload: readonly (readonly [string, string])[] = []): string {
    const query = new URLSearchParams({ folder });
    if (payload.length > 0) query.set('payload', JSON.stringify(payload));
    return `http://${this.authority}/?${query}`;
  }

  /** Ends it and all its processes, keeps VS Code's logs and removes the rest. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.pid !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid);
      await gone;
    }
    const logs = join(this.#data, 'logs');
    if (existsSync(logs)) cpSync(logs, join(this.#options.logDirectory, 'logs'), { recursive: true });
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 5 });
  }

  #arguments(): string[] {
    return [
      ...['--config', join(this.#data, 'config.yaml'), '--auth', 'none'],
      ...['--user-data-dir', this.#data, '--extensions-dir', this.#extensions],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      '--ignore-last-opened',
    ];
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
