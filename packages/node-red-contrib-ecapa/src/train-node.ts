import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  type Head,
  importSklearn,
  loadHead,
  parseHead,
  parseSklearn,
  saveHead,
  serializeHead,
  teachHead,
} from '@ecapa/core';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ClipStore } from './clip-store.js';
import { type AudioFormat, messageAudio, ownBinary } from './message-audio.js';
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
import { dataDirectory, type SessionUse, useSession } from './sessions.js';
import { StatusLine } from './status.js';

interface TrainNodeDef extends NodeDef {
  readonly model?: string;
  readonly format?: AudioFormat;
  /** Trains by itself once each class has so many clips, and with every clip after that; 0 or empty: never. */
  readonly autoTrain?: string | number;
  readonly reject?: 'none' | 'probability' | 'distance';
}

/** `ecapa-train`: labelled clips in, a head out, used at once by all nodes of the same model. */
export function registerTrainNode(RED: NodeAPI): void {
  function EcapaTrain(this: Node, def: TrainNodeDef): void {
    RED.nodes.createNode(this, def);
    const status = new StatusLine(this);
    let use: SessionUse;
    let autoTrain: number;
    try {
      autoTrain = optionalNumber('autoTrain', def.autoTrain, 0, 10_000) ?? 0;
      use = useSession(RED, def.model);
    } catch (error) {
      status.show('red', 'ring', RED._('ecapa.status.config'));
      refuseAll(this, asError(error));
      return;
    }
    const { session } = use;
    const store = new ClipStore(join(dataDirectory(RED), `${this.id}.clips.json`));
    const showClips = (): void => {
      status.show('grey', 'dot', RED._('ecapa.status.clips', { count: store.clips.length }));
    };
    const loaded = store.load();
    loaded.then(
      () => showWhenReady(RED, this, use, status, showClips),
      (thrown: unknown) => {
        const error = asError(thrown);
        status.show('red', 'ring', shortReason(RED, error));
        this.error(error.message);
      },
    );

    const train = async (message: Message, send: Send, signal: AbortSignal): Promise<void> => {
      status.show('blue', 'dot', RED._('ecapa.status.training'));
      const { model } = await session.engine();
      const started = performance.now();
      const { head, report } = await teachHead(store.clips, {
        id: this.name || `trained-${this.id}`,
        modelId: model.id,
        modelSha256: model.sha256,
        reject: def.reject || 'none',
        signal,
      });
      const headFile = await session.replaceHead(head);
      const accuracy = report.scores?.accuracy;
      const seconds = (performance.now() - started) / 1000;
      const text =
        accuracy === undefined ? RED._('ecapa.status.trained') : `${accuracy.count}/${accuracy.total} ✓`;
      status.show('green', 'dot', text);
      send({
        ...message,
        payload: {
          event: 'trained',
          labels: head.labels,
          head: head.id,
          headFile,
          trainSeconds: seconds,
          report,
        },
      });
    };

    const addClip = async (message: Message, send: Send, signal: AbortSignal): Promise<void> => {
      const label = message.label ?? message.topic;
      if (typeof label !== 'string' || label.trim() === '') {
        throw new TypeError('msg.label: a clip needs the name of its class in msg.label or msg.topic.');
      }
      const { input, name } = messageAudio(message.payload, {
        format: def.format || 'auto',
        sampleRateHz: optionalNumber('msg.sampleRate', message.sampleRate, 1000, 768_000),
        channels: optionalNumber('msg.channels', message.channels, 1, 64) ?? 1,
        filename: typeof message.filename === 'string' ? message.filename : undefined,
      });
      const engine = await session.engine();
      const { values, durationSeconds } = await engine.embed(input, { name, signal });
      const clip = {
        path: name,
        label: label.trim(),
        // Equal audio has equal embeddings, so this finds copies whatever they came in.
        sha256: createHash('sha256').update(values).digest('hex'),
        embedding: values,
        durationSeconds,
      };
      await store.add(clip, engine.model.id);
      showClips();
      send({ ...message, payload: { event: 'added', label: clip.label, clips: store.counts } });
      const counts = Object.values(store.counts);
      if (autoTrain > 0 && counts.length >= 2 && counts.every((count) => count >= autoTrain)) {
        await train(message, send, signal);
      }
    };

    const useImported = async (message: Message, send: Send): Promise<void> => {
      const { model } = await session.engine();
      const head = await readHead(message.import === true ? message.payload : message.import, model.id);
      const headFile = await session.replaceHead(head);
      send({ ...message, payload: { event: 'imported', labels: head.labels, head: head.id, headFile } });
    };

    const handle = async (message: Message, send: Send, signal: AbortSignal): Promise<void> => {
      if (message.reset === true) {
        await store.reset();
        await rm(session.trainedHeadFile, { force: true });
        session.forgetHead();
        showClips();
        return send({ ...message, payload: { event: 'reset', clips: {} } });
      }
      await loaded;
      if (message.undo === true) {
        const clip = await store.undo();
        showClips();
        send({ ...message, payload: { event: 'undone', label: clip?.label, clips: store.counts } });
      } else if (message.export === true || typeof message.export === 'string') {
        const head = await loadHead(session.trainedHeadFile);
        if (typeof message.export === 'string') await saveHead(message.export, head);
        send({ ...message, payload: serializeHead(head) });
      } else if (message.import !== undefined) {
        await useImported(message, send);
      } else if (message.train === true) await train(message, send, signal);
      else await addClip(message, send, signal);
    };

    // One after another: "train" means with all clips that were sent before it.
    let last: Promise<unknown> = Promise.resolve();
    onInput(
      this,
      (message, send, signal) => {
        const turn = last.then(() => handle(message, send, signal));
        last = turn.catch(() => undefined);
        return turn;
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
  RED.nodes.registerType('ecapa-train', EcapaTrain as Parameters<typeof RED.nodes.registerType>[1]);
}

/** A head from a path, the text or bytes of a head file, or the bytes of a scikit-learn file. */
async function readHead(content: unknown, modelId: string): Promise<Head> {
  const value = ownBinary(content);
  if (typeof value === 'string' && !value.trimStart().startsWith('{')) {
    const isPickle = ['.pkl', '.pickle', '.joblib'].includes(extname(value).toLowerCase());
    return isPickle ? (await importSklearn(value, { modelId })).head : loadHead(value);
  }
  if (typeof value === 'string') return parseHead(value, 'msg');
  if (value instanceof Uint8Array) {
    const isJson = value.find((byte) => byte > 32) === '{'.charCodeAt(0);
    if (isJson) return parseHead(Buffer.from(value).toString('utf8'), 'msg');
    return parseSklearn(value, 'msg', { modelId, headId: 'imported' }).head;
  }
  if (typeof value === 'object' && value !== null) return parseHead(JSON.stringify(value), 'msg');
  throw new TypeError(
    'msg.import: expected a path, or true with a head file or scikit-learn file in msg.payload.',
  );
}
