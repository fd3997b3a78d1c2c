import { type ChildProcess, fork } from 'node:child_process';
import type { ToWorker } from './protocol.js';
import { workerPath } from './worker-path.js';

/**
 * How glibc takes and returns memory; other C libraries read no such variables. By itself it keeps tens of megabytes that the
 * compiler of WebAssembly has freed, in an arena for each of its threads: two arenas, which return what is free beyond 4 MB, give
 * them back. What is smaller than 4 MB comes from these arenas too. Of the system (from 128 KB on, once a threshold is fixed) each
 * block of samples would come as new pages, which the kernel clears: a seventh of the time of short files.
 */
const MEMORY_SETTINGS = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 22),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 22),
};

/**
 * V8's space for new objects, in megabytes; 16 by default. Most of a worker's memory is large arrays, which V8 keeps elsewhere. With
 * 2, an hour's timeline takes 40 MB less memory and no more time.
 */
const SMALL_YOUNG_SPACE = '--max-semi-space-size=2';

let ahead: { readonly path: string; readonly child: ChildProcess } | undefined;

/**
 * Starts the process of a first worker before it is known what for. While the caller still reads its own program and its
 * command line, on another core, the worker loads what every model needs. The first worker that is wanted is this one;
 * it does not keep the caller alive, and ends with it. Never throws.
 */
export function startWorkerAhead(): void {
  if (ahead !== undefined) return;
  try {
    const path = workerPath();
    const child = forkNow(path);
    ahead = { path, child };
    child.once('error', forgetAhead);
    child.once('exit', forgetAhead);
    child.unref();
    child.channel?.unref?.();
    (child.stderr as { unref?: () => void } | null)?.unref?.();
    child.send({ type: 'prepare' } satisfies ToWorker, () => undefined);
  } catch {
    // What is wrong is thrown where a worker is needed.
  }
}

function forgetAhead(): void {
  ahead = undefined;
}

/** A process that runs the worker program `path`: the one that was started ahead, or a new one. */
export function forkWorker(path: string, env?: Readonly<Record<string, string>>): ChildProcess {
  if (ahead?.path !== path || env !== undefined) return forkNow(path, env);
  const { child } = ahead;
  forgetAhead();
  child.off('error', forgetAhead);
  child.off('exit', forgetAhead);
  return child;
}

function forkNow(path: string, env?: Readonly<Record<string, string>>): ChildProcess {
  const fromSources = path.endsWith('.ts');
  return fork(path, [], {
    serialization: 'advanced',
    // The host's own flags (--inspect, Electron's) are not for the worker; a TypeScript loader is.
    execArgv: fromSources ? process.execArgv : [SMALL_YOUNG_SPACE],
    // A package of NODE_PATH, of whatever version, is not the runtime that this program was built with.
    env: { ...MEMORY_SETTINGS, ...process.env, NODE_PATH: '', ...env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  } as Parameters<typeof fork>[2]);
}
