import { type ChildProcess, fork } from 'node:child_process';
import { fromErrorData } from '../errors.js';
import type { Head } from '../types.js';
import { PcmSender } from './pcm-sender.js';
import type {
  FromWorker,
  JobSource,
  JobTask,
  ModelSummary,
  PcmSamples,
  ToWorker,
  WorkerSettings,
} from './protocol.js';

/** A job as a worker process is given it. */
export interface WorkerJob {
  readonly source: JobSource;
  readonly task: JobTask;
  /** The head that `task.headKey` names, for tasks that need one. */
  readonly head?: Head;
  readonly pcm?: (() => AsyncIterable<PcmSamples> | Iterable<PcmSamples>) | undefined;
  readonly onProgress?: ((doneSeconds: number, totalSeconds: number | undefined) => void) | undefined;
  readonly onPart?: ((value: unknown) => void) | undefined;
}

interface Running {
  readonly job: WorkerJob;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly sender: PcmSender;
  /** Why the PCM broke off, while the worker still tells what it had heard until then. */
  sourceFailure: { readonly error: unknown } | undefined;
  ended: boolean;
}

/** The worker process went away under its jobs. The pool decides whether to do them again. */
export class WorkerGone extends Error {
  constructor(readonly how: string) {
    super(how);
  }
}

/** How much of a dead worker's last words are kept. */
const STDERR_TAIL_CHARACTERS = 2000;

/**
 * One worker process: a model loaded once, jobs over IPC.
 *
 * A process and not a thread: a crash of the native runtime takes down its process, and that must not
 * be Node-RED's or the extension host's.
 */
export class WorkerProcess {
  /** Resolves when the model is loaded; rejects with why it cannot be. */
  readonly ready: Promise<ModelSummary>;
  /** Resolves when the process has gone. */
  readonly gone: Promise<WorkerGone>;
  readonly #child: ChildProcess;
  readonly #running = new Map<number, Running>();
  readonly #knownHeads = new Set<string>();
  #nextId = 1;
  #alive = true;
  #lastMessageAt = performance.now();
  #stderrTail = '';

  constructor(workerPath: string, settings: WorkerSettings) {
    const fromSources = workerPath.endsWith('.ts');
    this.#child = fork(workerPath, [], {
      serialization: 'advanced',
      // The host's own flags (--inspect, Electron's) are not for the worker; a TypeScript loader is.
      execArgv: fromSources ? process.execArgv : [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      windowsHide: true,
    } as Parameters<typeof fork>[2]);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    let isReady: (model: ModelSummary) => void = () => undefined;
    let notReady: (error: unknown) => void = () => undefined;
    this.ready = new Promise((resolve, reject) => {
      isReady = resolve;
      notReady = reject;
    });
    this.ready.catch(() => undefined); // whoever needs it awaits it; nobody else is told
    this.gone = new Promise((resolve) => {
      const end = (how: string): void => {
        if (!this.#alive) return;
        this.#alive = false;
        const gone = new WorkerGone(this.#stderrTail === '' ? how : `${how}: ${this.#stderrTail.trim()}`);
        notReady(gone);
        for (const running of this.#running.values()) finish(running, () => running.reject(gone));
        this.#running.clear();
        resolve(gone);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
      this.#child.once('disconnect', () => this.#child.kill('SIGKILL'));
    });
    this.#child.on('message', (message) => this.#receive(message as FromWorker, isReady, notReady));
    this.#send({ type: 'open', settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** How long the worker has said nothing. */
  get silentSeconds(): number {
    return (performance.now() - this.#lastMessageAt) / 1000;
  }

  /** Starts a job. The promise settles with its result, its typed error, or `WorkerGone`. */
  run(job: WorkerJob): { readonly result: Promise<unknown>; readonly cancel: () => void } {
    const id = this.#nextId++;
    const result = new Promise<unknown>((resolve, reject) => {
      if (!this.#alive) {
        reject(new WorkerGone('it had ended before'));
        return;
      }
      const running: Running = {
        job,
        resolve,
        reject,
        // A view would be sent with its whole buffer: copy the piece.
        sender: new PcmSender((samples) => this.#send({ type: 'pcm', id, samples: samples.slice() })),
        sourceFailure: undefined,
        ended: false,
      };
      this.#running.set(id, running);
      this.#lastMessageAt = performance.now();
      if (job.head !== undefined && 'headKey' in job.task && !this.#knownHeads.has(job.task.headKey)) {
        this.#send({ type: 'head', key: job.task.headKey, head: job.head });
        this.#knownHeads.add(job.task.headKey);
      }
      this.#send({ type: 'job', id, source: job.source, task: job.task });
      if (job.pcm !== undefined) void this.#sendPcm(id, running, job.pcm());
    });
    const cancel = (): void => {
      const running = this.#running.get(id);
      if (running === undefined) return;
      this.#send({ type: 'cancel', id });
      running.sender.stop();
    };
    return { result, cancel };
  }

  /** Keeps the host alive while there is work, and lets it end when there is none. */
  hold(busy: boolean): void {
    if (busy) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
      (this.#child.stderr as { unref?: () => void } | null)?.unref?.();
    }
  }

  /** Ends the process at once; running jobs reject with `WorkerGone`. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #sendPcm(
    id: number,
    running: Running,
    blocks: AsyncIterable<PcmSamples> | Iterable<PcmSamples>,
  ): Promise<void> {
    const { sender, job } = running;
    try {
      if (await sender.run(blocks)) this.#send({ type: 'pcmEnd', id });
    } catch (error) {
      if (running.ended) return;
      if (job.task.kind === 'timeline') {
        // What was heard until now is still told, as parts; the error follows with the worker's answer.
        running.sourceFailure = { error };
        this.#send({ type: 'pcmFailed', id });
        return;
      }
      this.#send({ type: 'cancel', id });
      this.#running.delete(id);
      finish(running, () => running.reject(error));
    }
  }

  #receive(
    message: FromWorker,
    isReady: (model: ModelSummary) => void,
    notReady: (error: unknown) => void,
  ): void {
    this.#lastMessageAt = performance.now();
    if (message.type === 'ready') isReady(message.model);
    else if (message.type === 'openFailed') notReady(fromErrorData(message.error));
    else this.#receiveForJob(message);
  }

  #receiveForJob(message: Extract<FromWorker, { readonly id: number }>): void {
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    switch (message.type) {
      case 'credit':
        running.sender.addCredit(message.count);
        return;
      case 'progress':
        running.job.onProgress?.(message.doneSeconds, message.totalSeconds);
        return;
      case 'part':
        running.job.onPart?.(message.value);
        return;
      case 'result':
        this.#running.delete(message.id);
        finish(running, () => running.resolve(message.value));
        return;
      case 'failed': {
        this.#running.delete(message.id);
        const error = running.sourceFailure?.error ?? fromErrorData(message.error);
        finish(running, () => running.reject(error));
        return;
      }
    }
  }

  #send(message: ToWorker): void {
    // A channel that has just closed is told by 'exit'; a send into it is not an error of the caller's.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

function finish(running: Running, settle: () => void): void {
  running.ended = true;
  running.sender.stop();
  settle();
}
