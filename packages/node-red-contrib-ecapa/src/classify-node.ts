import { availableParallelism } from 'node:os';
import type { ClassifyResult, Heard } from '@ecapa/core';
import { eventLoopYielder } from '@ecapa/core/host';
import { clock } from '@ecapa/core/page';
import type { NodeAPI, NodeMessageParts } from 'node-red';
import pMap from 'p-map';
import { type Answer, AnswerSender, type Failed } from './answer-sender.js';
import { FileAccess } from './audio-access.js';
import { type AudioChoice, audioChoice } from './audio-choice.js';
import { type ClassifyNodeDef, readInput, withResult } from './classify-message.js';
import { judgedTimeline, type WholeTimeline } from './classify-timeline.js';
import { type FlowNode, type Message, type NodeHost, registerNode, type Send } from './flow-node.js';
import { InOrder } from './in-order.js';
import { type AudioFormat, audioHints, openAudio } from './message-audio.js';
import { asError, reported } from './node-errors.js';
import { QueuedClassifyNode } from './queued-classify-node.js';
import { showWhenReady } from './ready-status.js';
import { type SessionUse, useSession } from './sessions.js';
import { oneOf, optionalNumber } from './settings.js';
import { type Judged, judge, shownVerdict } from './verdict.js';

/** What a flow gets; all of it survives JSON. */
type Verdict = Judged<Omit<ClassifyResult, 'embedding'>> & {
  readonly embedding?: number[];
  /** From 1; of a channel that was heard by itself. */
  readonly channel?: number;
};

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
  readonly #audio: AudioChoice;
  /** Seconds that a worker may give to one recording. */
  readonly #timeLimit: { readonly timeLimitSeconds?: number };
  readonly #sender: AnswerSender;
  readonly #use: SessionUse;
  readonly #admission = new InOrder();

  constructor(host: NodeHost<ClassifyNodeDef>) {
    const { RED, node, def, status } = host;
    this.#host = host;
    this.#files = new FileAccess(def.accept, def.folders);
    this.#format = oneOf('format', def.format, ['auto', 'file', 'pcm-s16', 'pcm-f32']);
    this.#mode = oneOf('mode', def.mode, ['clip', 'timeline', 'segments']);
    this.#threshold = optionalNumber('threshold', def.threshold, 0, 1) ?? 0;
    this.#audio = audioChoice(def.channel, def.track);
    const timeLimitSeconds = optionalNumber('timeLimit', def.timeLimit, 1, 86_400);
    this.#timeLimit = timeLimitSeconds === undefined ? {} : { timeLimitSeconds };
    this.#sender = new AnswerSender(host);
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
      this.#answer(await this.#classify(value, message, signal), message, send);
    }
  }

  onClose(removed: boolean): Promise<void> {
    return this.#use.close(removed);
  }

  async #classify(
    value: unknown,
    message: Message,
    signal: AbortSignal,
  ): Promise<Verdict | readonly Verdict[]> {
    const { engine, input, head, name } = await this.#prepare(value, message);
    const withEmbedding = this.#host.def.withEmbedding === true;
    const options = { head, name, signal, withEmbedding, ...this.#timeLimit, ...this.#audio.options };
    if (!this.#audio.isEach) return this.#judge(await engine.classify(input, options));
    const verdicts: Verdict[] = [];
    for await (const { channel, value: result } of engine.classifyChannels(input, options)) {
      verdicts.push({ channel, ...this.#judge(result) });
    }
    return verdicts;
  }

  #judge({ embedding, ...result }: ClassifyResult): Verdict {
    const verdict = judge(result, this.#threshold);
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
    const classifyOne = async (value: unknown): Promise<Answer | Failed> => {
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
    this.#sender.sendAll(outcomes, message, send);
  }

  /** Shows and sends the answer to a message with one recording. */
  #answer(answer: Answer, message: Message, send: Send): void {
    const { RED, status } = this.#host;
    if ('label' in answer) this.#show(answer);
    else status.show('green', 'dot', RED._('ecapa.status.done', { count: answer.length }));
    this.#sender.send(answer, message, send);
  }

  async #timeline(value: unknown, message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const { RED, status } = this.#host;
    const { engine, input, head, name } = await this.#prepare(value, message);
    const wholes: WholeTimeline[] = [];
    const parts = new Parts<Heard>(RED.util.generateId(), (segment, position) => {
      const part = withResult(this.#host, message, segment);
      part.parts = position;
      this.#sender.route({ label: segment.label }, part, send);
    });
    const options = { head, name, signal, ...this.#timeLimit };
    for await (const report of judgedTimeline(engine, input, options, this.#audio, this.#threshold)) {
      if (report.type === 'progress') status.show('blue', 'dot', clock(report.doneSeconds));
      else if (report.type === 'whole') wholes.push(report.whole);
      else if (this.#mode === 'segments') parts.add(report.segment);
    }
    parts.end();
    const [first] = wholes;
    if (first === undefined) return;
    if (this.#mode === 'timeline') this.#answer(this.#audio.isEach ? wholes : first, message, send);
    else this.#show(first);
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

  #show(heard: Heard): void {
    const { RED, status } = this.#host;
    const { queued } = this.#use.session;
    if (queued > 0) status.show('blue', 'dot', RED._('ecapa.status.queue', { count: queued }));
    else status.show('green', 'dot', shownVerdict(heard));
  }
}

/** Segments as parts of a sequence. The last part has the total, so each part is held until the next one arrives. */
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
