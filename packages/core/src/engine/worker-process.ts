import type { ChildProcess } from 'node:child_process';
import { fromErrorData } from '../errors.js';
import { forkWorker } from './fork-worker.js';
import type { JobKind, JobRun, Jobs } from './job-map.js';
import { PieceSender } from './piece-sender.js';
import type { FromWorker, ModelSummary, SourcePiece, ToWorker, WorkerSettings } from './protocol.js';
import { PushQueue } from './push-queue.js';

/** A job as a worker process is given it. */
export interface WorkerJob<Kind extends JobKind> {
  readonly kind: Kind;
  readonly input: Jobs[Kind]['input'];
  /** What messages call it. */
  readonly name: string;
  /** What to send, for sources that the worker does not read itself. */
  readonly pieces?: (() => AsyncIterable<SourcePiece> | Iterable<SourcePiece>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Running {
  /** Typed where the job was started; what comes over the channel is not. */
  readonly stream: PushQueue<unknown, unknown>;
  readonly sender: PieceSender;
  /** Why the source broke off, while the worker still reports what it heard until then. */
  sourceFailure: { readonly error: unknown } | undefined;
  /** Asks the worker to leave it, and kills a worker that does not listen. */
  readonly cancel: () => void;
  /** Called when the worker has done with it. */
  readonly release: () => void;
}

/** The worker process ended under its jobs. The pool decides whether to do them again. */
export class WorkerGone extends Error {
  /** @param isForCancelling it was ended because a cancelled job did not leave it, and had nothing wrong with it */
  constructor(
    readonly how: string,
    readonly isForCancelling = false,
    /** Native code failed: a signal such as SIGSEGV, or Windows' exception as exit code. */
    readonly isFault = false,
  ) {
    super(how);
  }
}

export interface WorkerProcessOptions {
  /** The model to load; without it, the process does only jobs that need none. */
  readonly settings?: WorkerSettings;
  /** How long a cancelled job may take to end before the process is killed. */
  readonly cancelMilliseconds: number;
  /** Variables besides this process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How much of what a dead worker printed last is kept. */
const STDERR_TAIL_CHARACTERS = 2000;

/**
 * One worker process: jobs over IPC, and a model loaded once for those that need one.
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
  readonly #cancelMilliseconds: number;
  readonly #running = new Map<number, Running>();
  #nextId = 1;
  #alive = true;
  #isForCancelling = false;
  #lastMessageAt = performance.now();
  #stderrTail = '';

  constructor(workerPath: string, { settings, cancelMilliseconds, env }: WorkerProcessOptions) {
    this.#cancelMilliseconds = cancelMilliseconds;
    this.#child = forkWorker(workerPath, env);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    let isReady: (model: ModelSummary) => void = () => undefined;
    let notReady: (error: unknown) => void = () => undefined;
    this.ready = new Promise((resolve, reject) => {
      isReady = resolve;
      notReady = reject;
    });
    this.ready.catch(() => undefined); // the user of the worker awaits it
    this.gone = new Promise((resolve) => {
      const end = (how: string, isFault = false): void => {
        if (!this.#alive) return;
        this.#alive = false;
        const text = this.#stderrTail === '' ? how : `${how}: ${this.#stderrTail.trim()}`;
        const gone = new WorkerGone(text, this.#isForCancelling, isFault);
        notReady(gone);
        for (const id of [...this.#running.keys()]) this.#fail(id, gone);
        resolve(gone);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `exit code ${code}` : `signal ${signal}`, isFault(code, signal)),
      );
      this.#child.once('disconnect', () => this.#child.kill('SIGKILL'));
    });
    this.#child.on('message', (message) => this.#receive(message as FromWorker, isReady, notReady));
    if (settings !== undefined) this.#send({ type: 'open', settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** How long the worker has sent nothing. */
  get silentSeconds(): number {
    return (performance.now() - this.#lastMessageAt) / 1000;
  }

  /**
   * Runs a job: yields its events and returns its result. Throws its typed error, the error of its source, or
   * `WorkerGone`. Ending the iteration early, as aborting the signal does, cancels the job and waits until the worker
   * has done with it; one that does not listen, deep inside an inference, is killed.
   */
  async *run<Kind extends JobKind>({ kind, input, name, pieces, signal }: WorkerJob<Kind>): JobRun<Kind> {
    if (!this.#alive) throw new WorkerGone('it had ended before');
    const id = this.#nextId++;
    const stream = new PushQueue<Jobs[Kind]['event'], Jobs[Kind]['result']>();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    // A view would be sent with its whole buffer: copy the piece.
    const sender = new PieceSender((piece) => this.#send({ type: 'piece', id, piece: copyOf(piece) }));
    let killing: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      if (killing !== undefined || !this.#running.has(id)) return;
      this.#send({ type: 'cancel', id });
      sender.stop();
      // Where the host itself was held up, the worker's answer lies unread: that comes first.
      const killUnlessDone = (): void =>
        void setImmediate(() => {
          if (!this.#running.has(id)) return;
          this.#isForCancelling = true;
          this.kill();
        });
      killing = setTimeout(killUnlessDone, this.#cancelMilliseconds);
    };
    const running: Running = {
      stream: stream as PushQueue<unknown, unknown>,
      sender,
      sourceFailure: undefined,
      cancel,
      release,
    };
    this.#running.set(id, running);
    this.#lastMessageAt = performance.now();
    this.#send({ type: 'job', id, name, kind, input });
    if (pieces !== undefined) void this.#sendPieces(id, running, kind, pieces());
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      return yield* stream;
    } finally {
      cancel();
      await released;
      clearTimeout(killing);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Keeps the host alive while there is work, and lets it end when there is none. */
  hold(busy: boolean): void {
    if (busy) {
      this.#child.ref();
      this.#child.channel?.ref?.(); // Bun's channel has neither
    } else {
      this.#child.unref();
      this.#child.channel?.unref?.();
      (this.#child.stderr as { unref?: () => void } | null)?.unref?.();
    }
  }

  /** Ends the process at once; running jobs fail with `WorkerGone`. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #sendPieces(
    id: number,
    running: Running,
    kind: JobKind,
    pieces: AsyncIterable<SourcePiece> | Iterable<SourcePiece>,
  ): Promise<void> {
    try {
      if (await running.sender.run(pieces)) this.#send({ type: 'sourceEnd', id });
    } catch (error) {
      if (!this.#running.has(id)) return;
      running.sourceFailure = { error };
      // What a timeline has heard until now is still reported; its error follows with the worker's answer.
      if (kind === 'timeline') this.#send({ type: 'sourceFailed', id });
      else running.cancel();
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
    const { id } = message;
    switch (message.type) {
      case 'credit':
        this.#running.get(id)?.sender.addCredit(message.count);
        return;
      case 'event':
        this.#running.get(id)?.stream.push(message.event);
        return;
      case 'result':
        this.#finish(id, ({ stream }) => stream.end(message.value));
        return;
      case 'failed':
        this.#fail(id, fromErrorData(message.error));
        return;
    }
  }

  /** The failure of the source is the reason, not its consequences. */
  #fail(id: number, error: unknown): void {
    this.#finish(id, ({ stream, sourceFailure }) => stream.fail(sourceFailure?.error ?? error));
  }

  #finish(id: number, settle: (running: Running) => void): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    running.sender.stop();
    settle(running);
    running.release();
  }

  #send(message: ToWorker): void {
    // A channel that has just closed is reported by 'exit'; a send into it is not an error of the caller's.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

/** A Buffer's own `slice` copies nothing. */
function copyOf(piece: SourcePiece): SourcePiece {
  return piece instanceof Uint8Array ? new Uint8Array(piece) : piece.slice();
}

const FAULT_SIGNALS: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGILL', 'SIGBUS', 'SIGABRT', 'SIGFPE']);
/** Windows' exit codes of exceptions, such as an access violation, 0xC0000005. */
const WINDOWS_EXCEPTIONS_FROM = 0xc0000000;

function isFault(code: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === null ? (code ?? 0) >= WINDOWS_EXCEPTIONS_FROM : FAULT_SIGNALS.has(signal);
}
