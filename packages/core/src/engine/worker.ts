/**
 * The program of a worker process: loads one model on request and runs jobs that arrive over IPC.
 *
 * Jobs are asynchronous and give way between blocks of audio, so that a cancellation is heard and live
 * streams can share a process. Everything that can fail answers with plain error data. The same program also
 * runs in the threads that decode long files.
 */
import { setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { loadDecoderModule, locateDecoder } from '../audio/wasm-module.js';
import { EcapaError, toErrorData } from '../errors.js';
import { openEmbedder } from '../model/embedder.js';
import { prepareRuntime } from '../model/session/prepare-runtime.js';
import { isDecoderThread, serveDecoderThread } from './decoder-thread.js';
import type { OpenEngine } from './job-context.js';
import type { EngineJobKind, JobKind, JobRun, OwnProcessJobKind } from './job-map.js';
import { ENGINE_JOBS } from './jobs.js';
import type { FromWorker, JobMessage, SourcePiece, ToWorker, WorkerSettings } from './protocol.js';
import { PushQueue } from './push-queue.js';

interface ActiveJob {
  readonly controller: AbortController;
  readonly inbox: PushQueue<SourcePiece> | undefined;
}

/** Below the host's priority: with every core busy, Node-RED and the editor still come first. */
const NICENESS = 5;
/** Somebody waits to hear what these make, while others draw and analyse the same recording. */
const AT_HOST_PRIORITY: ReadonlySet<JobKind> = new Set<JobKind>(['playback']);

const jobs = new Map<number, ActiveJob>();
let opened: Promise<OpenEngine> | undefined;

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/** Loads what every model needs. What is wrong with it is thrown where it is used. */
async function prepare(): Promise<void> {
  compileDecoder();
  await prepareRuntime().catch(() => undefined);
}

/** V8 compiles in a thread of its own, meanwhile the model is loaded in this one. */
function compileDecoder(): void {
  try {
    loadDecoderModule(locateDecoder()).catch(() => undefined);
  } catch {
    // It is missing.
  }
}

async function open(settings: WorkerSettings): Promise<OpenEngine> {
  const { modelDirectory, threads, runtime, nativeCrash, ffmpegPath } = settings;
  // Two modules of WebAssembly at once would raise the peak of a worker's memory.
  const isNative = runtime !== 'wasm' && nativeCrash === undefined;
  if (isNative && ffmpegPath === undefined) compileDecoder();
  const embedder = await openEmbedder(modelDirectory, { threads, runtime, nativeCrash });
  return { embedder, threads, ffmpegPath };
}

async function start(message: JobMessage): Promise<void> {
  const { id, name, input } = message;
  const inbox =
    'source' in input && input.source.kind !== 'file'
      ? new PushQueue<SourcePiece>(() => send({ type: 'credit', id, count: 1 }))
      : undefined;
  const controller = new AbortController();
  jobs.set(id, { controller, inbox });
  try {
    const run = await runOf(message, inbox, controller.signal);
    for (;;) {
      const next = await run.next();
      if (next.done) return send({ type: 'result', id, value: next.value });
      send({ type: 'event', id, event: next.value });
    }
  } catch (error) {
    const data = controller.signal.aborted
      ? { code: 'CANCELLED' as const, message: `${name}: cancelled.`, file: name }
      : toErrorData(error, 'INFERENCE_FAILED');
    send({ type: 'failed', id, error: data });
  } finally {
    jobs.delete(id);
    inbox?.drop();
    inbox?.end();
  }
}

async function runOf(
  message: JobMessage,
  inbox: PushQueue<SourcePiece> | undefined,
  signal: AbortSignal,
): Promise<AsyncGenerator<unknown, unknown, undefined>> {
  if (isEngineJob(message)) return runEngineJob(message, inbox, signal);
  return runOwnProcessJob(message as JobMessage<OwnProcessJobKind>, signal);
}

function isEngineJob(message: JobMessage): message is JobMessage<EngineJobKind> {
  return message.kind in ENGINE_JOBS;
}

async function runEngineJob<Kind extends EngineJobKind>(
  { kind, input }: JobMessage<Kind>,
  inbox: PushQueue<SourcePiece> | undefined,
  signal: AbortSignal,
): Promise<JobRun<Kind>> {
  if (opened === undefined) throw new EcapaError('CLOSED', 'The worker has no model open.');
  return ENGINE_JOBS[kind](input, { ...(await opened), inbox, signal });
}

async function runOwnProcessJob<Kind extends OwnProcessJobKind>(
  { kind, input }: JobMessage<Kind>,
  signal: AbortSignal,
): Promise<JobRun<Kind>> {
  // Loaded only where it is needed: a worker with a model does none of these.
  const { OWN_PROCESS_JOBS } = await import('./own-process-jobs.js');
  return OWN_PROCESS_JOBS[kind](input, signal);
}

/**
 * How V8 compiles WebAssembly here: functions when they are first called, by one thread, and optimised only once they have
 * run for long. By V8's own measure most of what the runtime runs while it starts would be optimised too, for twice the
 * memory and processor time; the loops in which the network's time goes are soon optimised by this one (bench/runtimes.ts).
 */
const WASM_COMPILATION = [
  '--wasm-lazy-compilation',
  '--wasm-num-compilation-tasks=1',
  `--wasm-tiering-budget=${5e8}`,
];

/** Serves the host until it goes away. */
function serveHost(): void {
  for (const flag of WASM_COMPILATION) setFlagsFromString(flag);
  process.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'prepare':
        giveWayToHost();
        void prepare();
        return;
      case 'open':
        giveWayToHost();
        opened = open(message.settings);
        opened.then(
          ({ embedder: { model, runtime } }) =>
            send({
              type: 'ready',
              model: { id: model.id, dimension: model.dimension, sha256: model.sha256, runtime },
            }),
          (error: unknown) => send({ type: 'openFailed', error: toErrorData(error, 'RUNTIME_UNAVAILABLE') }),
        );
        return;
      case 'job':
        if (!AT_HOST_PRIORITY.has(message.kind)) giveWayToHost();
        void start(message);
        return;
      case 'piece':
        jobs.get(message.id)?.inbox?.push(message.piece);
        return;
      case 'sourceEnd':
        jobs.get(message.id)?.inbox?.end();
        return;
      case 'sourceFailed':
        jobs.get(message.id)?.inbox?.fail(new EcapaError('READ_FAILED', 'The source broke off.'));
        return;
      case 'cancel': {
        const job = jobs.get(message.id);
        job?.controller.abort();
        job?.inbox?.drop();
        job?.inbox?.end();
        return;
      }
    }
  });

  // The host has gone: there is no receiver for an answer.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; ending is the host's decision.
  process.on('SIGINT', () => undefined);
}

function giveWayToHost(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // Not allowed here (some containers): the same work at the same priority.
  }
}

if (isDecoderThread()) void serveDecoderThread();
else serveHost();
