import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';

/** A Redis server of the test's own, with its own folder and port. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** Of its process, which a restart changes. */
  pid(): number;
  /** Kills it like a power cut would, and starts it again on its append-only file. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The server's program, or undefined where there is none. */
export function serverProgram(): string | undefined {
  return ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
}

/** Skips the tests of a suite, with a reason, where there is no server to run. */
export function skipWithoutServer(suite: { skip(): unknown }): void {
  if (serverProgram() !== undefined) return;
  console.log('    skipped: neither redis-server nor valkey-server is installed here');
  suite.skip();
}

export async function startServer(settings: readonly string[] = []): Promise<TestServer> {
  const program = serverProgram();
  if (program === undefined) throw new Error('no redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'ecapa-redis-'));
  const port = await freePort();
  const isTls = settings.includes('--tls-cert-file');
  const url = `${isTls ? 'rediss' : 'redis'}://127.0.0.1:${port}`;
  const base = [
    ...(isTls ? ['--port', '0', '--tls-port'] : ['--port']),
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--daemonize',
    'no',
  ];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
  let child: ChildProcess;
  const launch = async (): Promise<void> => {
    child = spawn(program, [...base, ...durable, ...settings], { stdio: 'ignore' });
    await answer(port, isTls);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await ended;
    }
  };
  await launch().catch(async (error: unknown) => {
    await end('SIGKILL');
    throw error;
  });
  return {
    url,
    port,
    folder,
    pid: () => child.pid ?? 0,
    restart: async () => {
      await end('SIGKILL');
      await launch();
    },
    stop: async () => {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits until the server answers and has loaded its data. */
async function answer(port: number, isTls: boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    // One that asks for a password is there, too.
    if (/PONG|NOAUTH/.test(await ping(port, isTls))) return;
    await sleep(50);
  }
  throw new Error(`no server on port ${port}`);
}

function ping(port: number, isTls: boolean): Promise<string> {
  return new Promise<string>((resolve) => {
    const host = '127.0.0.1';
    const greet = (): void => void socket.write('PING\r\n');
    const socket = isTls
      ? tlsConnect({ port, host, rejectUnauthorized: false }, greet)
      : connect(port, host, greet);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
    // A handshake with a server that speaks something else has no end.
    socket.setTimeout(1000, () => socket.destroy());
  });
}
