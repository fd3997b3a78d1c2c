import type { PcmSamples } from '@ecapa/core';
import type { NodeAPI, NodeDef } from 'node-red';
import { type FlowNode, type Message, type NodeHost, registerNode, type Send } from './flow-node.js';
import { type LiveEvent, LiveStream, type LiveStreamOptions } from './live-stream.js';
import { ownBinary } from './message-audio.js';
import { asError } from './node-errors.js';
import { showWhenReady } from './ready-status.js';
import { useSession } from './sessions.js';
import { namesOf, oneOf, optionalNumber } from './settings.js';

interface StreamNodeDef extends NodeDef {
  readonly model?: string;
  readonly format?: 'pcm-s16' | 'pcm-f32';
  readonly sampleRate?: string | number;
  readonly channels?: string | number;
  readonly settleSeconds?: string | number;
  readonly everySeconds?: string | number;
  readonly gapSeconds?: string | number;
  readonly bufferSeconds?: string | number;
  readonly segments?: boolean;
  readonly gateLabels?: string;
  readonly gateThreshold?: string | number;
  readonly preRollSeconds?: string | number;
  readonly holdSeconds?: string | number;
}

/** A source may go on where it stopped for so long; then its topic is forgotten. */
const FORGET_SECONDS = 3600;

interface Running {
  readonly stream: LiveStream<Message>;
  lastChunkAt: number;
}

/** `ecapa-stream`: PCM chunks in; changes of label on the first wire, wanted audio on the second. */
export function registerStreamNode(RED: NodeAPI): void {
  const open = ({ RED, node, def, status }: NodeHost<StreamNodeDef>): FlowNode => {
    const settings = settingsOf(def);
    const format = oneOf('format', def.format, ['pcm-s16', 'pcm-f32']);
    const gapSeconds = optionalNumber('gapSeconds', def.gapSeconds, 0.1, 3600) ?? 5;
    const use = useSession(RED, def.model);
    const { session } = use;
    const showIdle = (): void => status.show('grey', 'dot', RED._('ecapa.status.idle'));
    showWhenReady(RED, node, use, status, showIdle);
    /** A stream for each topic; kept as a promise, so that chunks that come while it opens find it. */
    const streams = new Map<string, Promise<Running>>();
    const underWay = new Set<LiveStream<Message>>();

    const openStream = async (
      message: Message,
      startSeconds: number,
      signal: AbortSignal,
    ): Promise<Running> => {
      const topic = topicOf(message);
      const { sampleRateHz, channels } = rateOf(message, settings);
      const [engine, head] = await Promise.all([session.engine(), session.head()]);
      signal.throwIfAborted();
      const tell = (event: LiveEvent<Message>): void => {
        if (event.type === 'audio') {
          for (const piece of event.pieces) node.send([null, piece]);
          return;
        }
        if (event.type === 'segment' && def.segments !== true) return;
        const { type } = event;
        const content = type === 'segment' ? event.segment : event;
        node.send([{ topic: message.topic, payload: { ...content, type } }, null]);
        if (type !== 'segment') {
          status.show('green', 'dot', `${event.label.slice(0, 14)} ${Math.round(100 * event.probability)}%`);
        }
      };
      const options = { ...settings, sampleRateHz, channels, startSeconds };
      const stream = new LiveStream<Message>(engine, head, options, topic || 'stream', signal, tell);
      underWay.add(stream);
      stream.ended
        .catch((error: unknown) => {
          if (!signal.aborted) node.error(asError(error), { topic: message.topic });
        })
        .finally(() => underWay.delete(stream));
      return { stream, lastChunkAt: performance.now() };
    };

    /**
     * Puts a chunk on its stream: the topic's own, or the next one after a gap or a change of rate. Chunks of a
     * topic take their turns, also when the stream is still opening. Resolves when the engine has taken it.
     */
    const push = async (message: Message, signal: AbortSignal): Promise<void> => {
      const chunk = chunkOf(message.payload);
      const topic = topicOf(message);
      const before = streams.get(topic);
      const next = (async () => {
        const running = await before?.catch(() => undefined);
        if (running === undefined) return openStream(message, 0, signal);
        const { stream, lastChunkAt } = running;
        const { sampleRateHz, channels } = rateOf(message, settings);
        const idleSeconds = (performance.now() - lastChunkAt) / 1000;
        const isSame = stream.options.sampleRateHz === sampleRateHz && stream.options.channels === channels;
        if (isSame && idleSeconds <= gapSeconds && !stream.hasEnded) {
          running.lastChunkAt = performance.now();
          return running;
        }
        await stream.end().catch(() => undefined); // told by its own listener
        return openStream(message, stream.seconds + (idleSeconds > gapSeconds ? idleSeconds : 0), signal);
      })();
      let pushed: Promise<void> = Promise.resolve();
      const turn = next.then((running) => {
        pushed = running.stream.push(chunk, format, message);
        pushed.catch(() => undefined); // awaited below
        return running;
      });
      streams.set(topic, turn);
      turn.catch(() => {
        if (streams.get(topic) === turn) streams.delete(topic);
      });
      await turn;
      await pushed;
    };

    const finish = async (topic: string): Promise<void> => {
      const running = await streams.get(topic);
      streams.delete(topic);
      await running?.stream.end();
    };

    // A source that has gone quiet is told to the end, and its stream lets go of its worker.
    const endWhenQuiet = async (topic: string, opening: Promise<Running>): Promise<void> => {
      const { stream, lastChunkAt } = await opening;
      if (streams.get(topic) !== opening) return;
      const quietSeconds = (performance.now() - lastChunkAt) / 1000;
      if (quietSeconds > gapSeconds + FORGET_SECONDS) streams.delete(topic);
      if (quietSeconds <= gapSeconds || stream.hasEnded) return;
      await stream.end();
      if (underWay.size === 0) showIdle();
    };
    const quietTimer = setInterval(() => {
      for (const [topic, opening] of streams) {
        endWhenQuiet(topic, opening).catch(() => undefined); // told by the stream's own listener
      }
    }, 1000);
    quietTimer.unref();

    return {
      async onMessage(message: Message, _send: Send, signal) {
        if (message.end === true || message.reset === true) return finish(topicOf(message));
        await push(message, signal);
      },
      async onClose(removed) {
        clearInterval(quietTimer);
        // Cancelled already; a stream that was only about to open is not waited for.
        await Promise.allSettled([...underWay].map((stream) => stream.end()));
        await use.close(removed);
      },
    };
  };
  registerNode<StreamNodeDef>(RED, 'ecapa-stream', open, { isStream: true });
}

function settingsOf(def: StreamNodeDef): Omit<LiveStreamOptions, 'startSeconds'> {
  return {
    sampleRateHz: optionalNumber('sampleRate', def.sampleRate, 1000, 768_000) ?? 16_000,
    channels: optionalNumber('channels', def.channels, 1, 64) ?? 1,
    settleSeconds: optionalNumber('settleSeconds', def.settleSeconds, 0, 600) ?? 1,
    everySeconds: optionalNumber('everySeconds', def.everySeconds, 0, 86_400) ?? 0,
    bufferSeconds: optionalNumber('bufferSeconds', def.bufferSeconds, 1, 3600) ?? 30,
    gate: {
      labels: namesOf(def.gateLabels || 'speech'),
      threshold: optionalNumber('gateThreshold', def.gateThreshold, 0, 1) ?? 0,
      preRollSeconds: optionalNumber('preRollSeconds', def.preRollSeconds, 0, 60) ?? 0.5,
      holdSeconds: optionalNumber('holdSeconds', def.holdSeconds, 0, 60) ?? 0.5,
    },
  };
}

function rateOf(message: Message, settings: Pick<LiveStreamOptions, 'sampleRateHz' | 'channels'>) {
  return {
    sampleRateHz:
      optionalNumber('msg.sampleRate', message.sampleRate, 1000, 768_000) ?? settings.sampleRateHz,
    channels: optionalNumber('msg.channels', message.channels, 1, 64) ?? settings.channels,
  };
}

function topicOf(message: Message): string {
  return typeof message.topic === 'string' ? message.topic : '';
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
