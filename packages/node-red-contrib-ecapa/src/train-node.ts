import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type AudioInput, EcapaError, loadHead } from '@ecapa/core';
import { findLabelledFiles, saveHead, serializeHead } from '@ecapa/core/train';
import type { NodeAPI, NodeDef } from 'node-red';
import { FileAccess } from './audio-access.js';
import {
  type ClipBook,
  type ListedClip,
  listedClips,
  soundOfClip,
  type TrainNodeWithClips,
} from './clip-book.js';
import { checkedLabel, labelOf, nameOf } from './clip-label.js';
import { mixturesOf } from './clip-mixtures.js';
import { ClipStore } from './clip-store.js';
import { type FlowNode, type Message, type NodeHost, registerNode, type Send } from './flow-node.js';
import { InOrder } from './in-order.js';
import { type AudioFormat, audioHints, openAudio } from './message-audio.js';
import { readHead } from './message-head.js';
import { asError, reported, shortReason } from './node-errors.js';
import { showWhenReady } from './ready-status.js';
import { dataDirectory, type SessionUse, useSession } from './sessions.js';
import { oneOf, optionalNumber } from './settings.js';

interface TrainNodeDef extends NodeDef {
  readonly model?: string;
  readonly accept?: string;
  readonly folders?: string;
  readonly format?: AudioFormat;
  /** Trains by itself once each class has so many clips, and with every clip after that; 0 or empty: never. */
  readonly autoTrain?: string | number;
  readonly reject?: string;
}

/** `ecapa-train`: labelled clips in, a head out, used at once by all nodes of the same model. */
export function registerTrainNode(RED: NodeAPI): void {
  registerNode<TrainNodeDef>(RED, 'ecapa-train', (host) => new TrainNode(host));
}

class TrainNode implements FlowNode, ClipBook {
  readonly #host: NodeHost<TrainNodeDef>;
  readonly #files: FileAccess;
  readonly #format: AudioFormat;
  readonly #autoTrain: number;
  readonly #reject: 'none' | 'probability' | 'distance';
  readonly #use: SessionUse;
  readonly #store: ClipStore;
  /** Rejects while the file of clips is damaged. */
  #loaded: Promise<void>;
  /** One message after another: "train" means with all clips that were sent before it. */
  readonly #turns = new InOrder();
  /** Once the node is stopped nothing is written: the node that takes its place has read the file. */
  readonly #stopped = new AbortController();
  committing: Promise<unknown> | undefined;

  constructor(host: NodeHost<TrainNodeDef>) {
    const { RED, node, def, status } = host;
    this.#host = host;
    this.#files = new FileAccess(def.accept, def.folders);
    this.#format = oneOf('format', def.format, ['auto', 'file', 'pcm-s16', 'pcm-f32']);
    this.#autoTrain = optionalNumber('autoTrain', def.autoTrain, 0, 10_000, { whole: true }) ?? 0;
    this.#reject = oneOf('reject', def.reject, ['none', 'probability', 'distance']);
    this.#use = useSession(RED, def.model);
    this.#store = new ClipStore(join(dataDirectory(RED), `${node.id}.clips.json`));
    (node as TrainNodeWithClips).clipBook = this;
    this.#loaded = this.#load();
    this.#loaded.then(
      () => showWhenReady(RED, node, this.#use, status, () => this.#showClips()),
      (thrown: unknown) => {
        const error = asError(thrown);
        status.show('red', 'ring', shortReason(RED, error));
        node.error(error.message);
      },
    );
  }

  async #load(): Promise<void> {
    await this.#store.load();
    const { modelId, clips } = this.#store;
    if (modelId !== undefined && clips.length > 0) await this.#use.session.goOnWith(modelId);
  }

  onMessage(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    return this.#turns.next(() => this.#handle(message, send, signal));
  }

  onStop(): void {
    this.#stopped.abort(new EcapaError('CANCELLED', 'The node was stopped or redeployed.'));
  }

  async onClose(removed: boolean): Promise<void> {
    await this.committing?.catch(() => undefined); // its message reports it
    await this.#use.close(removed);
  }

  async list(): Promise<readonly ListedClip[]> {
    await this.#loaded;
    return listedClips(this.#store);
  }

  async sound(id: string): Promise<Buffer> {
    await this.#loaded;
    return soundOfClip(this.#store, id);
  }

  remove(id: string): Promise<void> {
    return this.#turns.next(async () => {
      await this.#loaded;
      await this.#commit(() => this.#store.remove(id));
      this.#showClips();
    });
  }

  /** Writes clips or the head. Throws `CANCELLED`, and does nothing, once the node is stopped. */
  #commit<Outcome>(write: () => Promise<Outcome>): Promise<Outcome> {
    this.#stopped.signal.throwIfAborted();
    const written = write();
    const committing = written.finally(() => {
      if (this.committing === committing) this.committing = undefined;
    });
    committing.catch(() => undefined); // awaited as `written`
    this.committing = committing;
    return written;
  }

  async #handle(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (message.reset === true) return this.#reset(message, send);
    await this.#loaded;
    if (message.undo === true) await this.#undo(message, send);
    else if (message.remove !== undefined) await this.#remove(message, send);
    else if (message.export === true || typeof message.export === 'string') await this.#export(message, send);
    else if (message.import !== undefined) await this.#import(message, send);
    else if (message.folder !== undefined) await this.#addFolder(message, send, signal);
    else if (message.train === true) await this.#train(message, send, signal);
    else await this.#addClip(message, send, signal);
  }

  async #addClip(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const label = labelOf(message);
    const named = { ...message, filename: message.filename ?? nameOf(message, label) } as Message;
    const hints = audioHints(named, this.#format);
    const { input, name } = await openAudio(message.payload, message, hints, this.#files);
    await this.#embedAndKeep(input, name, label, signal);
    this.#showClips();
    send({ ...message, payload: { event: 'added', label, name, clips: this.#store.counts } });
    await this.#trainIfEnough(message, send, signal);
  }

  /** Every clip of a folder with a sub-folder for each class, or of a list. Those that fail are named in the message. */
  async #addFolder(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    if (typeof message.folder !== 'string') throw new TypeError('msg.folder: expected the path of a folder.');
    const root = await this.#files.open(message.folder, message);
    const failed: { name: string; code: string; message: string }[] = [];
    let added = 0;
    for (const file of await findLabelledFiles(root, signal)) {
      signal.throwIfAborted();
      try {
        const path = await this.#files.open(resolve(file.path), message);
        await this.#embedAndKeep(path, file.name, checkedLabel(file.label), signal);
        added++;
        this.#showClips();
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const error = reported(asError(thrown), 'MESSAGE_INVALID');
        failed.push({ name: file.name, code: error.code, message: error.message });
      }
    }
    send({ ...message, payload: { event: 'added', added, failed, clips: this.#store.counts } });
    if (added > 0) await this.#trainIfEnough(message, send, signal);
  }

  async #embedAndKeep(input: AudioInput, name: string, label: string, signal: AbortSignal): Promise<void> {
    const engine = await this.#use.session.engine();
    const { values, durationSeconds, excerpt } = await engine.embed(input, {
      name,
      signal,
      withExcerpt: true,
    });
    const clip = {
      path: name,
      label,
      // Equal audio has equal embeddings, so this finds copies whatever they came in.
      sha256: createHash('sha256').update(values).digest('hex'),
      embedding: values,
      durationSeconds,
      ...(excerpt && { excerpt }),
    };
    await this.#commit(() => this.#store.add(clip, engine.model.id));
  }

  async #trainIfEnough(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const counts = Object.values(this.#store.counts);
    const areEnough = counts.length >= 2 && counts.every((count) => count >= this.#autoTrain);
    if (this.#autoTrain > 0 && areEnough) await this.#train(message, send, signal);
  }

  async #train(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    const { RED, node, status } = this.#host;
    const { session } = this.#use;
    status.show('blue', 'dot', RED._('ecapa.status.training'));
    const started = performance.now();
    const id = node.name || `trained-${node.id}`;
    const engine = await session.engine();
    const clips = this.#store.clipsOf(engine.model.id);
    const mixtures = await mixturesOf(clips, engine, signal);
    const options = { id, mixtures, reject: this.#reject };
    const { head, report } = await session.trainHead(clips, options, signal);
    await this.#commit(() => this.#store.keepVerdicts(report));
    const trainSeconds = (performance.now() - started) / 1000;
    const accuracy = report.scores?.accuracy;
    const text =
      accuracy === undefined ? RED._('ecapa.status.trained') : `${accuracy.count}/${accuracy.total} ✓`;
    status.show('green', 'dot', text);
    const { labels } = head;
    const headFile = session.trainedHeadFile;
    send({ ...message, payload: { event: 'trained', labels, head: id, headFile, trainSeconds, report } });
  }

  async #undo(message: Message, send: Send): Promise<void> {
    const clip = await this.#commit(() => this.#store.undo());
    this.#showClips();
    send({ ...message, payload: { event: 'undone', label: clip?.label, clips: this.#store.counts } });
  }

  async #remove(message: Message, send: Send): Promise<void> {
    if (typeof message.remove !== 'string')
      throw new TypeError('msg.remove: expected the id or the name of a clip.');
    const name = message.remove;
    const { id, clip } = await this.#commit(() => this.#store.remove(name));
    this.#showClips();
    const { label, path } = clip;
    send({ ...message, payload: { event: 'removed', id, label, name: path, clips: this.#store.counts } });
  }

  async #reset(message: Message, send: Send): Promise<void> {
    await this.#commit(async () => {
      await this.#store.reset();
      this.#loaded = Promise.resolve();
      await rm(this.#use.session.trainedHeadFile, { force: true });
    });
    this.#showClips();
    send({ ...message, payload: { event: 'reset', clips: {} } });
  }

  async #export(message: Message, send: Send): Promise<void> {
    const { export: named } = message;
    const target = typeof named === 'string' ? await this.#files.target(named, message) : undefined;
    const head = await loadHead(this.#use.session.trainedHeadFile);
    if (target !== undefined) await this.#commit(() => saveHead(target, head));
    send({ ...message, payload: serializeHead(head) });
  }

  async #import(message: Message, send: Send): Promise<void> {
    const { session } = this.#use;
    const { model } = await session.engine();
    const content = message.import === true ? message.payload : message.import;
    const head = await readHead(content, model.id, (path) => this.#files.open(path, message));
    const headFile = await this.#commit(() => session.replaceHead(head));
    send({ ...message, payload: { event: 'imported', labels: head.labels, head: head.id, headFile } });
  }

  #showClips(): void {
    const { RED, status } = this.#host;
    status.show('grey', 'dot', RED._('ecapa.status.clips', { count: this.#store.clips.length }));
  }
}
