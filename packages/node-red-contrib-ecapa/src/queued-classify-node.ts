import { realpath, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { EcapaError } from '@ecapa/core';
import { readError } from '@ecapa/core/host';
import type { OutcomeValue, Question } from '@ecapa/queue';
import { AnswerSender } from './answer-sender.js';
import { FileAccess } from './audio-access.js';
import { type AudioChoice, audioChoice } from './audio-choice.js';
import { type ClassifyNodeDef, readInput } from './classify-message.js';
import type { FlowNode, Message, NodeHost, Send } from './flow-node.js';
import { parseAudio } from './message-audio.js';
import { type QueueLink, useQueue } from './queue-node.js';
import { useSession } from './sessions.js';
import { optionalNumber } from './settings.js';
import { judge, shownVerdict } from './verdict.js';

type Verdict = Exclude<OutcomeValue[number], { readonly segments: unknown }>;

/** `ecapa-classify` where it runs on a queue: the name of a file goes to a worker, and its verdict comes back. */
export class QueuedClassifyNode implements FlowNode {
  readonly #host: NodeHost<ClassifyNodeDef>;
  readonly #files: FileAccess;
  readonly #link: QueueLink;
  readonly #audio: AudioChoice;
  readonly #threshold: number;
  readonly #timeLimitSeconds: number | undefined;
  readonly #sender: AnswerSender;
  #waiting = 0;

  constructor(host: NodeHost<ClassifyNodeDef>, queue: string) {
    const { RED, def, status } = host;
    this.#host = host;
    this.#files = new FileAccess(def.accept, def.folders);
    this.#audio = audioChoice(def.channel, def.track);
    this.#threshold = optionalNumber('threshold', def.threshold, 0, 1) ?? 0;
    this.#timeLimitSeconds = optionalNumber('timeLimit', def.timeLimit, 1, 86_400);
    this.#sender = new AnswerSender(host);
    if ((def.mode || 'clip') !== 'clip' || def.withEmbedding === true)
      throw new RangeError(
        'mode: a queue gives one verdict on each file; timelines and embeddings are made by this machine',
      );
    this.#link = useQueue(RED, queue);
    status.show('green', 'dot', RED._('ecapa.status.idle'));
  }

  async onMessage(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const { RED, status } = this.#host;
    const value = await readInput(this.#host, message);
    status.show('blue', 'dot', RED._('ecapa.status.queue', { count: ++this.#waiting }));
    try {
      const queue = await this.#link.open();
      const question = await this.#questionOf(value, message);
      const options = { ...this.#audio.options, ...(this.#audio.isEach && { channel: 'each' as const }) };
      const settings = await this.#link.client.makeSettings({ task: 'classify', ...this.#names(), options });
      const timeLimitSeconds = this.#timeLimitSeconds;
      const answer = await this.#link.client.ask(queue, question, { settings, signal, timeLimitSeconds });
      const verdicts = (answer as readonly Verdict[]).map((one) => judge(one, this.#threshold));
      const [first] = verdicts;
      if (first === undefined) throw new TypeError('The queue gave no verdict.');
      status.show('green', 'dot', shownVerdict(first));
      this.#sender.send(this.#audio.isEach ? verdicts : first, message, send);
    } finally {
      this.#waiting--;
    }
  }

  async onClose(): Promise<void> {}

  /** Model and head of the config node; nothing is loaded for it here. */
  #names(): { readonly model?: string; readonly head?: string } {
    const { RED, def } = this.#host;
    return def.model ? useSession(RED, def.model).session.names : {};
  }

  async #questionOf(value: unknown, message: Message): Promise<Question> {
    if (typeof value === 'string' && /^https?:\/\//i.test(value)) return { url: value };
    const { inputType } = this.#host.def;
    const bringer = inputType === 'str' || inputType === 'env' ? ({} as Message) : message;
    const hints = { format: 'file', sampleRateHz: undefined, channels: 1, filename: undefined } as const;
    const audio = parseAudio(value, hints, this.#files.allowsPaths(bringer));
    if (!('path' in audio)) {
      throw new TypeError(
        'A queue is given the path of a file that its workers can read too, or an http(s) address; audio in the message is classified by this machine.',
      );
    }
    return this.#fileOf(await this.#files.open(audio.path, bringer));
  }

  async #fileOf(path: string): Promise<Question> {
    const { root } = this.#link;
    const folder = root && (await realpath(root.path).catch(() => root.path));
    const way = folder === undefined ? '..' : relative(folder, path);
    if (root === undefined || way === '' || way === '..' || way.startsWith(`..${sep}`)) {
      throw new EcapaError(
        'PERMISSION_DENIED',
        'This file is not below the folder that the queue shares with its workers. Put it there, or choose another folder.',
      );
    }
    const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
      throw readError(path, cause);
    });
    return { root: root.name, path: way.split(sep).join('/'), size, time: mtimeMs };
  }
}
