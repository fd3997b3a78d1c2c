import { availableParallelism } from 'node:os';
import { type ClassifyResult, SILENCE_LABEL, type TimelineSegment, UNKNOWN_LABEL } from '@ecapa/core';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { mapLimited } from './map-limited.js';
import { type AudioFormat, messageAudio } from './message-audio.js';
import {
  asError,
  type Message,
  onInput,
  optionalNumber,
  refuseAll,
  type Send,
  shortReason,
} from './node-job.js';
import { showWhenReady } from './ready-status.js';
import { type SessionUse, useSession } from './sessions.js';
import { StatusLine } from './status.js';

interface ClassifyNodeDef extends NodeDef {
  readonly model?: string;
  readonly input?: string;
  readonly inputType?: string;
  readonly format?: AudioFormat;
  readonly output?: string;
  readonly mode?: 'clip' | 'timeline' | 'segments';
  readonly threshold?: string | number;
  readonly withEmbedding?: boolean;
  /** Labels with a wire of their own; unknown and silence follow. Empty: one output. */
  readonly labels?: readonly string[];
  readonly perClass?: boolean;
}

/** What a flow gets; all of it survives JSON. */
type Verdict = Omit<ClassifyResult, 'embedding'> & {
  readonly embedding?: number[];
  readonly likeliest?: string;
};

type Outcome = Verdict | { readonly error: { readonly code: string; readonly message: string } };

/** Recordings of one array that are under way at a time: enough for all workers, and no more than a queue has room for. */
const AT_ONCE = 2 * availableParallelism();

/** `ecapa-classify`: a recording in, its label out. */
export function registerClassifyNode(RED: NodeAPI): void {
  function EcapaClassify(this: Node, def: ClassifyNodeDef): void {
    RED.nodes.createNode(this, def);
    const status = new StatusLine(this);
    let use: SessionUse;
    let threshold: number;
    try {
      threshold = optionalNumber('threshold', def.threshold, 0, 1) ?? 0;
      use = useSession(RED, def.model);
    } catch (error) {
      status.show('red', 'ring', RED._('ecapa.status.config'));
      refuseAll(this, asError(error));
      return;
    }
    const { session } = use;
    showWhenReady(RED, this, use, status, () => status.show('grey', 'dot', RED._('ecapa.status.idle')));
    const outputProperty = def.output || 'payload';
    const labels = def.perClass ? (def.labels ?? []) : [];

    const read = (message: Message): Promise<unknown> =>
      // With a callback, for context stores may be slow.
      new Promise((resolve, reject) => {
        RED.util.evaluateNodeProperty(
          def.input || 'payload',
          def.inputType || 'msg',
          this,
          message,
          (error, value) => (error ? reject(error) : resolve(value)),
        );
      });
    const audioOf = (value: unknown, message: Message) =>
      messageAudio(value, {
        format: def.format || 'auto',
        sampleRateHz: optionalNumber('msg.sampleRate', message.sampleRate, 1000, 768_000),
        channels: optionalNumber('msg.channels', message.channels, 1, 64) ?? 1,
        filename: typeof message.filename === 'string' ? message.filename : undefined,
      });
    const route = (label: string, message: unknown): unknown => {
      if (labels.length === 0) return message;
      const known = labels.indexOf(label);
      const wire = known >= 0 ? known : label === SILENCE_LABEL ? labels.length + 1 : labels.length;
      return Array.from({ length: labels.length + 2 }, (_, i) => (i === wire ? message : null));
    };
    const withResult = (message: Message, result: unknown): Message => {
      const copy = { ...message };
      RED.util.setMessageProperty(copy, outputProperty, result, true);
      return copy;
    };
    const judge = <Said extends { readonly label: string; readonly probability: number }>(
      said: Said,
    ): Said => {
      const content = said.label !== SILENCE_LABEL && said.label !== 'gap' && said.label !== UNKNOWN_LABEL;
      if (!content || said.probability >= threshold) return said;
      return { ...said, label: UNKNOWN_LABEL, likeliest: said.label };
    };
    const classify = async (value: unknown, message: Message, signal: AbortSignal): Promise<Verdict> => {
      const { input, name } = audioOf(value, message);
      const [engine, head] = await Promise.all([session.engine(), session.head()]);
      const result = await engine.classify(input, {
        head,
        name,
        signal,
        withEmbedding: def.withEmbedding === true,
      });
      const { embedding, ...verdict } = judge(result);
      return embedding === undefined ? verdict : { ...verdict, embedding: Array.from(embedding) };
    };
    const showVerdict = (said: { readonly label: string; readonly probability: number }): void => {
      const { queued } = session;
      if (queued > 0) status.show('blue', 'dot', RED._('ecapa.status.queue', { count: queued }));
      else status.show('green', 'dot', `${said.label.slice(0, 14)} ${Math.round(100 * said.probability)}%`);
    };

    const classifyMany = async (
      values: readonly unknown[],
      message: Message,
      send: Send,
      signal: AbortSignal,
    ) => {
      if (typeof values[0] === 'number') {
        throw new TypeError(
          'No audio in the message: found an array of numbers. PCM comes in a Float32Array, an Int16Array or a Buffer.',
        );
      }
      const outcomes = await mapLimited(
        values,
        AT_ONCE,
        (value): Promise<Outcome> =>
          classify(value, message, signal).catch((thrown: unknown) => {
            if (signal.aborted) throw thrown;
            const error = asError(thrown) as Error & { code?: string };
            return { error: { code: error.code ?? error.name, message: error.message } };
          }),
      );
      const failed = outcomes.some((outcome) => 'error' in outcome);
      const done = RED._('ecapa.status.done', { count: values.length });
      status.show(failed ? 'yellow' : 'green', 'dot', done);
      if (labels.length === 0) return send(withResult(message, outcomes));
      const id = RED.util.generateId();
      outcomes.forEach((outcome, index) => {
        const part = withResult(message, outcome);
        part.parts = { id, index, count: outcomes.length };
        send(route('label' in outcome ? outcome.label : UNKNOWN_LABEL, part));
      });
    };

    const timeline = async (value: unknown, message: Message, send: Send, signal: AbortSignal) => {
      const { input, name } = audioOf(value, message);
      const [engine, head] = await Promise.all([session.engine(), session.head()]);
      const id = RED.util.generateId();
      const segments: TimelineSegment[] = [];
      let index = 0;
      // The last part must say how many there are: each is held until the next is there.
      let held: TimelineSegment | undefined;
      const sendPart = (count?: number): void => {
        if (held === undefined) return;
        const part = withResult(message, held);
        part.parts = { id, index, ...(count !== undefined && { count }) };
        index++;
        send(route(held.label, part));
      };
      for await (const event of engine.timeline(input, { head, name, signal })) {
        if (event.type === 'segment') {
          const segment = judge(event.segment);
          if (def.mode === 'segments') {
            sendPart();
            held = segment;
          } else segments.push(segment);
        } else if (event.type === 'progress') {
          status.show('blue', 'dot', clock(event.progress.doneSeconds));
        } else if (event.type === 'summary') {
          const { dominantLabel: label, dominantProbability: probability } = event.summary;
          if (def.mode === 'segments') sendPart(index + 1);
          else {
            send(route(label, withResult(message, { label, probability, segments, ...event.summary })));
          }
          showVerdict({ label, probability });
        }
      }
    };

    onInput(
      this,
      async (message, send, signal) => {
        const value = await read(message);
        status.show('blue', 'dot', RED._('ecapa.status.queue', { count: session.queued + 1 }));
        if (Array.isArray(value)) {
          await classifyMany(value, message, send, signal);
        } else if (def.mode === 'timeline' || def.mode === 'segments') {
          await timeline(value, message, send, signal);
        } else {
          const verdict = await classify(value, message, signal);
          showVerdict(verdict);
          send(route(verdict.label, withResult(message, verdict)));
        }
      },
      {
        onError: (error) => status.show('red', 'dot', shortReason(RED, error)),
        close: async (removed) => {
          status.close();
          await use.close(removed);
        },
      },
    );
  }
  RED.nodes.registerType('ecapa-classify', EcapaClassify as Parameters<typeof RED.nodes.registerType>[1]);
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
