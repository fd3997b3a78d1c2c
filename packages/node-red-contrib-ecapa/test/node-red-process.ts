import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '../../queue/test/redis.js';
import { childProcesses } from './processes.js';

const PACKAGE = join(__dirname, '..');
const REPOSITORY = join(PACKAGE, '..', '..');

export interface Host {
  readonly name: string;
  /** Node that runs it. */
  readonly node: string;
  /** Node-RED's `red.js`. */
  readonly red: string;
}

function redOf(name: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), 'red.js');
}

/** Node-RED 4.1 on the Node that runs the tests, and Node-RED 5 on later ones, which come from npm for Linux x64 alone. */
export const HOSTS: readonly Host[] = [
  { name: 'Node-RED 4.1', node: process.execPath, red: redOf('node-red') },
  ...['24', '22']
    .map((version) => ({
      name: `Node-RED 5 on Node ${version}`,
      node: join(REPOSITORY, 'test', 'nodes', 'node_modules', `node-${version}`, 'bin', 'node'),
      red: redOf('node-red-5'),
    }))
    .filter(({ name, node }) => {
      const isThere = existsSync(node);
      if (!isThere) console.log(`skipped, not installed: ${name}`);
      return isThere;
    }),
];

/** Set while one writes tests: the package as it was built last, linked in place of packed and installed, saves a minute. */
const IS_LINKED = process.env.ECAPA_LINKED !== undefined;
let tarball: string | undefined;

/** The packed package, made once for all tests of this process. */
export function packedTarball(): string {
  tarball ??= IS_LINKED ? '' : pack();
  return tarball;
}

function pack(): string {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(REPOSITORY, 'scripts', 'package-node-red.mjs')],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  const artifacts = join(REPOSITORY, 'artifacts');
  const name = readdirSync(artifacts).find((file) => /^node-red-contrib-ecapa-.*\.tgz$/.test(file));
  if (name === undefined) throw new Error(`no tarball in ${artifacts}`);
  return join(artifacts, name);
}

/** Quiet settings, and more of them as JavaScript. */
export function settingsFile(more = ''): string {
  return `module.exports = {
  uiHost: '127.0.0.1',
  logging: { console: { level: 'info' } },
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false },
  ${more}
};
`;
}

let installed: string | undefined;

/** A folder into which plain npm has installed the tarball, with no registry to be had; once for all tests of this process. */
function installedTarball(tarball: string): string {
  if (installed !== undefined) return installed;
  const directory = mkdtempSync(join(tmpdir(), 'ecapa-installed-'));
  process.once('exit', () => removeDirectory(directory));
  writeFileSync(join(directory, 'package.json'), '{"name":"user","private":true}\n');
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  installed = directory;
  return directory;
}

/** A fresh user directory with the tarball in it, as npm has installed it. What is installed is shared: put back what you change. */
export function userDirectoryWith(tarball: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'ecapa-user-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  writeFileSync(join(directory, 'settings.js'), settingsFile());
  if (IS_LINKED) {
    writeFileSync(join(directory, 'package.json'), '{"name":"user","private":true}\n');
    link(PACKAGE, join(modules, 'node-red-contrib-ecapa'));
    return directory;
  }
  const template = installedTarball(tarball);
  for (const file of ['package.json', 'package-lock.json'])
    cpSync(join(template, file), join(directory, file));
  for (const name of readdirSync(join(template, 'node_modules'))) {
    link(join(template, 'node_modules', name), join(modules, name));
  }
  return directory;
}

/** Dashboard 2, as it is among the packages of this one. */
export function linkDashboard(userDir: string): void {
  const scope = join(userDir, 'node_modules', '@flowfuse');
  mkdirSync(scope);
  link(join(PACKAGE, 'node_modules', '@flowfuse', 'node-red-dashboard'), join(scope, 'node-red-dashboard'));
}

function link(target: string, path: string): void {
  symlinkSync(target, path, 'junction');
}

/** A Node-RED in a process of its own, spoken to over HTTP. */
export class NodeRedProcess {
  readonly url: string;
  log = '';
  readonly #child: ChildProcess;

  private constructor(host: Host, userDir: string, port: number, env: NodeJS.ProcessEnv) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = spawn(
      host.node,
      [host.red, '-u', userDir, '-s', join(userDir, 'settings.js'), '-p', `${port}`],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
  }

  static async start(
    host: Host,
    userDir: string,
    env: NodeJS.ProcessEnv = {},
    port?: number,
  ): Promise<NodeRedProcess> {
    const started = new NodeRedProcess(host, userDir, port ?? (await freePort()), env);
    for (let tries = 0; tries < 1800; tries++) {
      if (started.log.includes('Started flows') && (await started.#answers())) return started;
      if (started.#child.exitCode !== null) break;
      await pause(100);
    }
    await started.stop();
    throw new Error(`Node-RED did not start:\n${started.log}`);
  }

  /** Flows may be started before the server listens. */
  #answers(): Promise<boolean> {
    return fetch(`${this.url}/settings`).then(
      () => true, // also when it asks for a password
      () => false,
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Deploys, and waits until the nodes run: the answer to the request comes before. */
  async deploy(flow: readonly object[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    const logged = this.log.length;
    const response = await fetch(`${this.url}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flow),
    });
    if (!response.ok) throw new Error(`deploy: ${response.status} ${await response.text()}`);
    for (let tries = 0; tries < 1800; tries++) {
      if (/Started (flows|modified)/.test(this.log.slice(logged))) return;
      await pause(100);
    }
    throw new Error(`the deployed flow did not start:\n${this.log.slice(logged)}`);
  }

  /** Processes that this Node-RED has started and that still run. */
  workers(): number[] {
    return childProcesses(this.pid);
  }

  /** Ends it as a crash or a power cut would. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 60_000);
    await gone;
    clearTimeout(timer);
  }
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
