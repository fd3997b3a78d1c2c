import { SAMPLE_RATE_HZ } from '@ecapa/core';
import type { NodeAPI, NodeDef } from 'node-red';
import { FileAccess } from './audio-access.js';
import { fileSource, radioSource } from './decoded-source.js';
import { type FlowNode, type Message, type NodeHost, registerNode } from './flow-node.js';
import { Recorder, type RecorderState, type Source } from './recorder.js';
import { microphoneCommand, processSource, streamCommand } from './recording-programs.js';
import { oneOf, optionalNumber } from './settings.js';

interface ListenNodeDef extends NodeDef {
  readonly source?: string;
  /** Of the microphone; empty for the system's own choice. */
  readonly device?: string;
  /** Of a live stream. */
  readonly address?: string;
  /** What decodes a web address. */
  readonly decoder?: string;
  /** Of a recording. */
  readonly file?: string;
  readonly topic?: string;
  readonly sampleRate?: string | number;
  readonly autoStart?: boolean;
  readonly hangSeconds?: string | number;
  readonly retrySeconds?: string | number;
  /** The wait does not grow beyond this. */
  readonly longestRetrySeconds?: string | number;
}

const LONGEST_RETRY_SECONDS = 60;

/** `ecapa-listen`: sound of a microphone, a live stream or a recording, in pieces for ecapa stream. */
export function registerListenNode(RED: NodeAPI): void {
  registerNode<ListenNodeDef>(RED, 'ecapa-listen', (host) => new ListenNode(host));
}

class ListenNode implements FlowNode {
  readonly #host: NodeHost<ListenNodeDef>;
  readonly #topic: string;
  readonly #recorder: Recorder;

  constructor(host: NodeHost<ListenNodeDef>) {
    const { def } = host;
    this.#host = host;
    this.#topic = def.topic || def.name || 'microphone';
    const { source, sampleRate, isEndless } = chosenSource(def);
    this.#recorder = new Recorder({
      source,
      isEndless,
      hangSeconds: optionalNumber('hangSeconds', def.hangSeconds, 0.1, 3600) ?? 10,
      retrySeconds: optionalNumber('retrySeconds', def.retrySeconds, 0.01, 3600) ?? 1,
      longestRetrySeconds:
        optionalNumber('longestRetrySeconds', def.longestRetrySeconds, 0.01, 3600) ?? LONGEST_RETRY_SECONDS,
      onAudio: (pcm) => this.#sendAudio({ payload: pcm, sampleRate, channels: 1 }),
      onEnd: (reason) => this.#sendAudio({ payload: null, end: true, reason }),
      onState: (state) => this.#report(state),
    });
    this.#showStopped();
    if (def.autoStart === true) this.#recorder.start();
  }

  /** Only starting and stopping comes by message: what is listened to is the settings' alone. */
  async onMessage(message: Message): Promise<void> {
    const wants = parseWish(message);
    if (wants === 'start') this.#recorder.start();
    else await this.#recorder.stop();
  }

  async onClose(): Promise<void> {
    await this.#recorder.stop();
  }

  #sendAudio(message: object): void {
    this.#host.node.send([{ topic: this.#topic, ...message } as Message, null]);
  }

  #report(state: RecorderState): void {
    const { RED, node, status } = this.#host;
    switch (state.event) {
      case 'starting':
        status.show('yellow', 'ring', RED._('ecapa.status.starting'));
        break;
      case 'listening':
        status.show('green', 'dot', RED._('ecapa.status.listening'));
        break;
      case 'stopped':
        this.#showStopped();
        break;
      case 'retrying':
        status.show('red', 'ring', RED._('ecapa.status.retrying', { seconds: Math.ceil(state.waitSeconds) }));
        // A device that stays away is logged once; the second output reports every attempt.
        if (state.failures === 1) node.warn(state.reason);
    }
    node.send([null, { topic: this.#topic, payload: state } as Message]);
  }

  #showStopped(): void {
    const { RED, status } = this.#host;
    status.show('grey', 'ring', RED._('ecapa.status.stopped'));
  }
}

interface ChosenSource {
  readonly source: Source;
  readonly sampleRate: number;
  /** It continues until it is stopped; a recording ends. */
  readonly isEndless: boolean;
}

/** Throws TypeError or RangeError naming the setting. */
function chosenSource(def: ListenNodeDef): ChosenSource {
  const kind = oneOf('source', def.source, ['microphone', 'stream', 'file']);
  const rate = optionalNumber('sampleRate', def.sampleRate, 8000, 48_000, { whole: true }) ?? 16_000;
  if (kind === 'microphone') {
    const source = processSource(() => microphoneCommand(rate, def.device ?? ''));
    return { source, sampleRate: rate, isEndless: true };
  }
  if (kind === 'file') {
    if (!def.file) throw new TypeError('file: the path of a recording is missing.');
    const source = fileSource(def.file, new FileAccess('paths', ''));
    return { source, sampleRate: SAMPLE_RATE_HZ, isEndless: false };
  }
  const address = (def.address ?? '').trim();
  if (!/^(rtsps?|rtmps?|rtp|srt|udp|tcp|mms|https?):\/\/[^/\s]/i.test(address)) {
    throw new TypeError('address: expected the address of a live stream, such as rtsp://… or http://…');
  }
  const decoder = oneOf('decoder', def.decoder, ['built-in', 'ffmpeg']);
  if (/^https?:/i.test(address) && decoder === 'built-in') {
    return { source: radioSource(address), sampleRate: SAMPLE_RATE_HZ, isEndless: true };
  }
  const source = processSource(() => streamCommand(address, rate), withoutPasswordsIn);
  return { source, sampleRate: rate, isEndless: true };
}

/** Programs repeat in their errors what they were given. */
function withoutPasswordsIn(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//');
}

/** What a message asks for: `true` or "start", `false` or "stop", in the payload, or in msg.start and msg.stop. */
function parseWish({ payload, start, stop }: Message): 'start' | 'stop' {
  if (stop === true || payload === false || payload === 'stop') return 'stop';
  if (start === true || payload === true || payload === 'start') return 'start';
  throw new TypeError('msg.payload: expected true or "start", false or "stop".');
}
