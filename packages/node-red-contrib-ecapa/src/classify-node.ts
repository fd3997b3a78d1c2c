import { availableParallelism } from 'node:os';
import { type ClassifyResult, type Heard, UNKNOWN_LABEL } from '@ecapa/core';
import { eventLoopYielder } from '@ecapa/core/host';
import { type PresenceTrack, type TimelineSegment, tracksByLabel } from '@ecapa/core/timeline';
import type { NodeAPI, NodeMessageParts } from 'node-red';
import pMap from 'p-map';
import { FileAccess } from './audio-access.js';
import { type ClassifyNodeDef, readInput, withResult } from './classify-message.js';
import { type FlowNode, type Message, type NodeHost, registerNode, type Send } from './flow-node.js';
import { InOrder } from './in-order.js';
import { type AudioFormat, audioHints, openAudio } from './message-audio.js';
import { asError, reported } from './node-errors.js';
import { QueuedClassifyNode } from './queued-classify-node.js';
import { showWhenReady } from './ready-status.js';
import { type SessionUse, useSession } from './sessions.js';
import { oneOf, optionalNumber } from './settings.js';
import { type Judged, judge, shownVerdict, wiresOf } from './verdict.js';

/** What a flow gets; all of it survives JSON. */
type Verdict = Judged<Omit<ClassifyResult, 'embedding'>> & { readonly embedding?: number[] };

type Outcome = Verdict | { readonly error: { readonly code: string; readonly message: string } };

/** Recordings of one array that are under way at a time: enough for all workers, and no more than a queue has room for. */
const AT_ONCE = 2 * availableParallelism();

/** `ecapa-classify`: a recording in, its label out. */
export function registerClassifyNode(RED: NodeAPI): void {
  registerNode<ClassifyNodeDef>(RED, 'ecapa-classify', (host) =>
    host.def.queue ? new QueuedClassifyNode(host, host.def.queue) : new ClassifyNode(host),
  );
}

class ClassifyNode implements FlowNode {
  readonly #host: NodeHost<ClassifyNodeDef>;
  readonly #files: FileAccess;
  readonly #format: AudioFormat;
  readonly #mode: 'clip' | 'timeline' | 'segments';
  readonly #threshold: number;
  /** Seconds that a worker may give to one recording. */
  readonly #timeLimit: { readonly timeLimitSeconds?: number };
  /** Empty: one output. */
  readonly #labels: readonly string[];
  readonly #use: SessionUse;
  readonly #admission = new InOrder();

  constructor(host: NodeHost<ClassifyNodeDef>) {
    const { RED, node, def, status } = host;
    this.#host = host;
    this.#files = new FileAccess(def.accept, def.folders);
    this.#format = oneOf('format', def.format, ['auto', 'file', 'pcm-s16', 'pcm-f32']);
    this.#mode = oneOf('mode', def.mode, ['clip', 'timeline', 'segments']);
    this.#threshold = optionalNumber('threshold', def.threshold, 0, 1) ?? 0;
    const timeLimitSeconds = optionalNumber('timeLimit', def.timeLimit, 1, 86_400);
    this.#timeLimit = timeLimitSeconds === undefined ? {} : { timeLimitSeconds };
    this.#labels = def.perClass ? (def.labels ?? []) : [];
    this.#use = useSession(RED, def.model);
    showWhenReady(RED, node, this.#use, status, () => status.show('grey', 'dot', RED._('ecapa.status.idle')));
  }

  async onMessage(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const { RED, status } = this.#host;
    const value = await readInput(this.#host, message);
    status.show('blue', 'dot', RED._('ecapa.status.queue', { count: this.#use.session.queued + 1 }));
    if (Array.isArray(value)) await this.#classifyMany(value, message, send, signal);
    else if (this.#mode !== 'clip') await this.#timeline(value, message, send, signal);
    else {
      const verdict = await this.#classify(value, message, signal);
      this.#show(verdict);
      this.#route(verdict, withResult(this.#host, message, verdict), send);
    }
  }

  onClose(removed: boolean): Promise<void> {
    return this.#use.close(removed);
  }

  async #classify(value: unknown, message: Message, signal: AbortSignal): Promise<Verdict> {
    const { engine, input, head, name } = await this.#prepare(value, message);
    const withEmbedding = this.#host.def.withEmbedding === true;
    const { embedding, ...said } = await engine.classify(input, {
      head,
      name,
      signal,
      withEmbedding,
      ...this.#timeLimit,
    });
    const verdict = judge(said, this.#threshold);
    return embedding === undefined ? verdict : { ...verdict, embedding: Array.from(embedding) };
  }

  async #classifyMany(values: readonly unknown[], message: Message, send: Send, signal: AbortSignal) {
    const { RED, status } = this.#host;
    if (typeof values[0] === 'number') {
      throw new TypeError(
        'No audio in the message: found an array of numbers. PCM comes in a Float32Array, an Int16Array or a Buffer.',
      );
    }
    const yieldToEventLoop = eventLoopYielder();
    const classifyOne = async (value: unknown): Promise<Outcome> => {
      await yieldToEventLoop(); // thousands of values may fail at once
      return this.#classify(value, message, signal).catch((thrown: unknown) => {
        if (signal.aborted) throw thrown;
        const { code, message } = reported(asError(thrown), 'MESSAGE_INVALID');
        return { error: { code, message } };
      });
    };
    const outcomes = await pMap(values, classifyOne, { concurrency: AT_ONCE });
    const failed = outcomes.some((outcome) => 'error' in outcome);
    status.show(failed ? 'yellow' : 'green', 'dot', RED._('ecapa.status.done', { count: values.length }));
    if (this.#labels.length === 0) return send(withResult(this.#host, message, outcomes));
    const id = RED.util.generateId();
    for (const [index, outcome] of outcomes.entries()) {
      const part = withResult(this.#host, message, outcome);
      part.parts = { id, index, count: outcomes.length };
      this.#route('label' in outcome ? outcome : { label: UNKNOWN_LABEL }, part, send);
    }
  }

  async #timeline(value: unknown, message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const { RED, status } = this.#host;
    const { engine, input, head, name } = await this.#prepare(value, message);
    const segments: Judged<TimelineSegment>[] = [];
    const tracks: PresenceTrack[] = [];
    const parts = new Parts<Judged<TimelineSegment>>(RED.util.generateId(), (segment, position) => {
      const part = withResult(this.#host, message, segment);
      part.parts = position;
      this.#route({ label: segment.label }, part, send);
    });
    for await (const event of engine.timeline(input, { head, name, signal, ...this.#timeLimit })) {
      if (event.type === 'segment') {
        const segment = judge(event.segment, this.#threshold);
        if (this.#mode === 'segments') parts.add(segment);
        else segments.push(segment);
      } else if (event.type === 'track') {
        tracks.push(event.track);
      } else if (event.type === 'progress') {
        status.show('blue', 'dot', clock(event.progress.doneSeconds));
      } else if (event.type === 'summary') {
        const { dominantLabel: label, dominantProbability: probability } = event.summary;
        parts.end();
        if (this.#mode === 'timeline') {
          const byLabel = event.summary.presence && tracksByLabel(head.labels, tracks);
          const result = {
            label,
            probability,
            segments,
            ...(byLabel && { tracks: byLabel }),
            ...event.summary,
          };
          this.#route(result, withResult(this.#host, message, result), send);
        }
        this.#show({ label, probability, ...(event.summary.present && { present: event.summary.present }) });
      }
    }
  }

  /** In the order of the messages, however long the checks of one take: jobs are admitted in this order. */
  #prepare(value: unknown, message: Message) {
    const { inputType } = this.#host.def;
    // What the flow's author has typed into the settings did not come with the message.
    const bringer = inputType === 'str' || inputType === 'env' ? ({} as Message) : message;
    return this.#admission.next(async () => {
      const audio = await openAudio(value, bringer, audioHints(message, this.#format), this.#files);
      const { session } = this.#use;
      const [engine, head] = await Promise.all([session.engine(), session.head()]);
      return { ...audio, engine, head };
    });
  }

  #route(said: Heard, message: Message, send: Send): void {
    send(wiresOf(said, this.#labels, message));
  }

  #show(said: Heard): void {
    const { RED, status } = this.#host;
    const { queued } = this.#use.session;
    if (queued > 0) status.show('blue', 'dot', RED._('ecapa.status.queue', { count: queued }));
    else status.show('green', 'dot', shownVerdict(said));
  }
}

/** Segments as parts of a sequence. The last part says how many there are, so each is held until the next is there. */
class Parts<Segment> {
  #index = 0;
  #held: Segment | undefined;

  constructor(
    readonly id: string,
    readonly send: (segment: Segment, position: NodeMessageParts) => void,
  ) {}

  add(segment: Segment): void {
    this.#sendHeld({});
    this.#held = segment;
  }

  end(): void {
    this.#sendHeld({ count: this.#index + 1 });
  }

  #sendHeld(more: { readonly count?: number }): void {
    if (this.#held === undefined) return;
    this.send(this.#held, { id: this.id, index: this.#index, ...more });
    this.#index++;
    this.#held = undefined;
  }
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
