import { type Head, isEcapaError, type PcmSamples } from '@ecapa/core';
import type { NodeAPI } from 'node-red';
import { type FlowNode, type Message, type NodeHost, registerNode, type Send } from './flow-node.js';
import { type LiveReport, LiveStream } from './live-stream.js';
import { ownBinary } from './message-audio.js';
import { asError, reported } from './node-errors.js';
import { showWhenReady } from './ready-status.js';
import { type SessionUse, useSession } from './sessions.js';
import type { EndReason } from './sound-events.js';
import { rateOf, type StreamNodeDef, type StreamSettings, streamSettings } from './stream-settings.js';
import { shownVerdict } from './verdict.js';

/** For this long a source may continue where it stopped; then its topic is forgotten. */
const FORGET_SECONDS = 3600;

/** How often a stream looks whether the model has another head by now. */
const HEAD_CHECK_MILLISECONDS = 1000;

interface Running {
  readonly stream: LiveStream<Message>;
  readonly head: Head;
  headSeenAt: number;
  lastChunkAt: number;
}

/** `ecapa-stream`: PCM chunks in; changes of label, wanted audio, and events out. */
export function registerStreamNode(RED: NodeAPI): void {
  registerNode<StreamNodeDef>(RED, 'ecapa-stream', (host) => new StreamNode(host), { isStream: true });
}

class StreamNode implements FlowNode {
  readonly #host: NodeHost<StreamNodeDef>;
  readonly #settings: StreamSettings;
  readonly #use: SessionUse;
  /** A stream for each topic; kept as a promise, so that chunks that come while it opens find it. */
  readonly #streams = new Map<string, Promise<Running>>();
  /** Streams of topics that are ending, while the rest of their audio is judged. */
  readonly #ending = new Map<string, Promise<undefined>>();
  readonly #underWay = new Set<LiveStream<Message>>();
  /** Topics whose source sends files: reported once, until the source pauses or ends. */
  readonly #refused = new Map<string, number>();
  readonly #quietTimer: NodeJS.Timeout;

  constructor(host: NodeHost<StreamNodeDef>) {
    const { RED, node, def, status } = host;
    this.#host = host;
    this.#settings = streamSettings(def);
    this.#use = useSession(RED, def.model);
    showWhenReady(RED, node, this.#use, status, () => this.#showIdle());
    this.#quietTimer = setInterval(() => this.#endQuietStreams(), 1000);
    this.#quietTimer.unref();
  }

  async onMessage(message: Message, _send: Send, signal: AbortSignal): Promise<void> {
    const topic = topicOf(message);
    if (message.end === true || message.reset === true) {
      this.#refused.delete(topic);
      return this.#finish(topic, reasonOf(message));
    }
    if (this.#isRefused(topic)) return;
    try {
      await this.#push(chunkOf(message.payload), topic, message, signal);
    } catch (error) {
      if (isEcapaError(error) && error.code === 'NOT_AUDIO') {
        this.#refused.set(topic, performance.now());
        await this.#finish(topic, 'failed');
      }
      throw error;
    }
  }

  onStop(): void {
    for (const stream of this.#underWay) stream.stop('stopped');
  }

  async onClose(removed: boolean): Promise<void> {
    clearInterval(this.#quietTimer);
    // Cancelled already; a stream that was only about to open is not waited for.
    await Promise.allSettled([...this.#underWay].map((stream) => stream.end('stopped')));
    await this.#use.close(removed);
  }

  /**
   * Puts a chunk on its stream: the topic's own, or the next one after a gap or a change of rate. Chunks of a
   * topic take their turns, also when the stream is still opening. Resolves when the engine has taken it.
   */
  async #push(chunk: PcmSamples | Uint8Array, topic: string, message: Message, signal: AbortSignal) {
    // What was heard before ends before anything begins. Looked up now: a later end is of this very stream.
    const before = this.#streams.get(topic) ?? this.#ending.get(topic);
    const next = this.#streamFor(before, message, signal);
    let pushed: Promise<void> = Promise.resolve();
    const turn = next.then((running) => {
      pushed = running.stream.push(chunk, message);
      pushed.catch(() => undefined); // awaited below
      return running;
    });
    this.#streams.set(topic, turn);
    turn.catch(() => {
      if (this.#streams.get(topic) === turn) this.#streams.delete(topic);
    });
    await turn;
    await pushed;
  }

  async #streamFor(before: Promise<Running | undefined> | undefined, message: Message, signal: AbortSignal) {
    const running = await before?.catch(() => undefined);
    if (!running) return this.#open(message, 0, signal);
    const { stream, lastChunkAt } = running;
    const { sampleRateHz, channels } = rateOf(message, this.#settings);
    const idleSeconds = (performance.now() - lastChunkAt) / 1000;
    const hasPaused = idleSeconds > this.#settings.gapSeconds;
    const isSame =
      stream.options.sampleRateHz === sampleRateHz &&
      stream.options.channels === channels &&
      !(await this.#hasNewHead(running));
    if (isSame && !hasPaused && !stream.hasEnded) {
      running.lastChunkAt = performance.now();
      return running;
    }
    await stream.end(hasPaused ? 'quiet' : 'changed').catch(() => undefined); // reported by its own listener
    return this.#open(message, stream.seconds + (hasPaused ? idleSeconds : 0), signal);
  }

  /** Whether another head is in use than the one that a stream began with: it was taught, imported or reset meanwhile. */
  async #hasNewHead(running: Running): Promise<boolean> {
    if (performance.now() - running.headSeenAt < HEAD_CHECK_MILLISECONDS) return false;
    running.headSeenAt = performance.now();
    // One that cannot be read is reported where a stream opens with it.
    const head = await this.#use.session.head().catch(() => running.head);
    return head !== running.head;
  }

  async #open(message: Message, startSeconds: number, signal: AbortSignal): Promise<Running> {
    const { session } = this.#use;
    const [engine, head] = await Promise.all([session.engine(), session.head()]);
    signal.throwIfAborted();
    const options = { ...this.#settings, ...rateOf(message, this.#settings), startSeconds };
    const { topic } = message;
    const clockStart = Date.now() - 1000 * startSeconds;
    const stream = new LiveStream<Message>(
      engine,
      head,
      options,
      topicOf(message) || 'stream',
      signal,
      (report) => this.#send(report, topic, clockStart),
    );
    this.#underWay.add(stream);
    stream.ended
      .catch((error: unknown) => {
        if (signal.aborted) return;
        this.#host.node.error(reported(asError(error), 'MESSAGE_INVALID'), { topic });
      })
      .finally(() => {
        this.#underWay.delete(stream);
        if (this.#underWay.size === 0 && !signal.aborted) this.#showIdle();
      });
    const now = performance.now();
    return { stream, head, headSeenAt: now, lastChunkAt: now };
  }

  #send(report: LiveReport<Message>, topic: unknown, clockStart: number): void {
    const { node, status } = this.#host;
    switch (report.type) {
      case 'audio':
        for (const piece of report.pieces) node.send([null, piece, null]);
        return;
      case 'started':
      case 'ended':
        node.send([null, null, { topic, payload: dated(report, clockStart) } as Message]);
        return;
      case 'segment':
        this.#sendFinal(topic, { ...report.segment, type: 'segment' });
        return;
      case 'track':
        this.#sendFinal(topic, { ...report.track, type: 'track' });
        return;
      default:
        node.send([{ topic, payload: report } as Message, null, null]);
        if (report.type === 'end') return;
        // Other sounds may be over before the next report.
        status.show('green', 'dot', shownVerdict({ label: report.label, probability: report.probability }));
    }
  }

  /** What is final is sent on request. */
  #sendFinal(topic: unknown, payload: object): void {
    if (this.#settings.segments) this.#host.node.send([{ topic, payload } as Message, null, null]);
  }

  async #finish(topic: string, reason: EndReason): Promise<void> {
    const opening = this.#streams.get(topic);
    if (opening === undefined) return;
    this.#streams.delete(topic);
    // What went wrong is reported by the stream's own listener.
    const ending = opening.then(({ stream }) => stream.end(reason)).then(nothing, nothing);
    this.#ending.set(topic, ending);
    await ending;
    if (this.#ending.get(topic) === ending) this.#ending.delete(topic);
  }

  /** A source that has gone quiet is judged to its end, and its stream lets go of its worker. */
  #endQuietStreams(): void {
    for (const [topic, opening] of this.#streams) {
      opening
        .then(async ({ stream, lastChunkAt }) => {
          if (this.#streams.get(topic) !== opening) return;
          const quietSeconds = (performance.now() - lastChunkAt) / 1000;
          if (quietSeconds > this.#settings.gapSeconds + FORGET_SECONDS) this.#streams.delete(topic);
          if (quietSeconds > this.#settings.gapSeconds && !stream.hasEnded) await stream.end('quiet');
        })
        .catch(() => undefined); // reported by the stream's own listener
    }
  }

  #isRefused(topic: string): boolean {
    const since = this.#refused.get(topic);
    if (since === undefined) return false;
    const isStill = performance.now() - since <= 1000 * this.#settings.gapSeconds;
    if (isStill) this.#refused.set(topic, performance.now());
    else this.#refused.delete(topic);
    return isStill;
  }

  #showIdle(): void {
    const { RED, status } = this.#host;
    status.show('grey', 'dot', RED._('ecapa.status.idle'));
  }
}

/** An event with the time of day; exact for a source that sends at the pace of the sound. */
function dated(
  event: Extract<LiveReport<Message>, { type: 'started' | 'ended' }>,
  clockStart: number,
): object {
  const timeAt = (seconds: number): string => new Date(clockStart + 1000 * seconds).toISOString();
  return {
    ...event,
    startedAt: timeAt(event.startSeconds),
    ...(event.type === 'ended' && { endedAt: timeAt(event.endSeconds) }),
  };
}

function nothing(): undefined {
  return undefined;
}

function topicOf({ topic }: Message): string {
  return typeof topic === 'string' || typeof topic === 'number' ? String(topic) : '';
}

/** Why a source has ended, from the message of its node. */
function reasonOf({ reason }: Message): EndReason {
  return reason === 'failed' || reason === 'stopped' || reason === 'quiet' ? reason : 'ended';
}

function chunkOf(content: unknown): PcmSamples | Uint8Array {
  const payload = ownBinary(content);
  if (payload instanceof Uint8Array || payload instanceof Int16Array || payload instanceof Float32Array)
    return payload;
  // exec and tcp nodes hand out text where the bytes happen to be valid UTF-8: digital silence above all.
  if (typeof payload === 'string' && hasControlCharacters(payload)) return Buffer.from(payload, 'utf8');
  throw new TypeError('msg.payload: expected PCM in a Buffer, an Int16Array or a Float32Array.');
}

/** As PCM has them and text has not. */
function hasControlCharacters(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32)) return true;
  }
  return false;
}
