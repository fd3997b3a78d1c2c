/**
 * The program of a worker process: loads one model, then runs jobs that arrive over IPC.
 *
 * Jobs are asynchronous and give way between blocks of audio, so that a cancellation is heard and live
 * streams can share a process. Everything that can fail answers with plain error data. The same program also
 * runs in the threads that decode long files.
 */
import { setPriority } from 'node:os';
import { EcapaError, toErrorData } from '../errors.js';
import { type Embedder, openEmbedder } from '../model/embedder.js';
import type { Head } from '../types.js';
import { isDecoderThread, serveDecoderThread } from './decoder-thread.js';
import { runJob } from './jobs.js';
import { PcmInbox } from './pcm-inbox.js';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.js';

interface ActiveJob {
  readonly controller: AbortController;
  readonly inbox: PcmInbox | undefined;
}

/** Below the host's priority: with every core busy, Node-RED and the editor still come first. */
const NICENESS = 5;

const heads = new Map<string, Head>();
const jobs = new Map<number, ActiveJob>();
let opened: Promise<{ embedder: Embedder; settings: WorkerSettings }> | undefined;

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function open(settings: WorkerSettings): Promise<{ embedder: Embedder; settings: WorkerSettings }> {
  const embedder = await openEmbedder(settings.modelDirectory, { threads: settings.threads });
  return { embedder, settings };
}

async function start(message: Extract<ToWorker, { type: 'job' }>): Promise<void> {
  const { id, source, task } = message;
  const inbox =
    source.kind === 'pcm' ? new PcmInbox(() => send({ type: 'credit', id, count: 1 })) : undefined;
  const controller = new AbortController();
  jobs.set(id, { controller, inbox });
  try {
    if (opened === undefined) throw new EcapaError('CLOSED', 'The worker has no model open.');
    const { embedder, settings } = await opened;
    const value = await runJob(source, task, {
      embedder,
      head: (key) => {
        const head = heads.get(key);
        if (head === undefined)
          throw new EcapaError('HEAD_NOT_FOUND', `The worker was not given head "${key}".`);
        return head;
      },
      inbox,
      ffmpegPath: settings.ffmpegPath,
      threads: settings.threads,
      signal: controller.signal,
      onProgress: (doneSeconds, totalSeconds) =>
        send({ type: 'progress', id, doneSeconds, ...(totalSeconds === undefined ? {} : { totalSeconds }) }),
      onPart: (part) => send({ type: 'part', id, value: part }),
    });
    send({ type: 'result', id, value });
  } catch (error) {
    const cancelled = controller.signal.aborted;
    const data = cancelled
      ? { code: 'CANCELLED' as const, message: `${source.name}: cancelled.`, file: source.name }
      : toErrorData(error, 'INFERENCE_FAILED');
    send({ type: 'failed', id, error: data });
  } finally {
    jobs.delete(id);
    inbox?.close();
  }
}

/** Serves the host until it goes away. */
function serveHost(): void {
  process.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'open':
        opened = open(message.settings);
        opened.then(
          ({ embedder: { model } }) =>
            send({
              type: 'ready',
              model: { id: model.id, dimension: model.dimension, sha256: model.sha256 },
            }),
          (error: unknown) => send({ type: 'openFailed', error: toErrorData(error, 'RUNTIME_UNAVAILABLE') }),
        );
        return;
      case 'head':
        heads.set(message.key, message.head);
        return;
      case 'job':
        void start(message);
        return;
      case 'pcm':
        jobs.get(message.id)?.inbox?.push(message.samples);
        return;
      case 'pcmEnd':
        jobs.get(message.id)?.inbox?.end();
        return;
      case 'pcmFailed':
        jobs.get(message.id)?.inbox?.fail(new EcapaError('READ_FAILED', 'The source of the PCM broke off.'));
        return;
      case 'cancel': {
        const job = jobs.get(message.id);
        job?.controller.abort();
        job?.inbox?.close();
        return;
      }
    }
  });

  // The host has gone: nobody is left to answer to.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; ending is the host's decision.
  process.on('SIGINT', () => undefined);

  try {
    setPriority(NICENESS);
  } catch {
    // Not allowed here (some containers): the same work at the same priority.
  }
}

if (isDecoderThread()) void serveDecoderThread();
else serveHost();
