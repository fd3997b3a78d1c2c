import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listModels, loadEmbeddedManifest, loadHead } from '@ecapa/core';
import type { NodeAPI } from 'node-red';
import type { ClipBook, TrainNodeWithClips } from './clip-book.js';
import { samplePath } from './message-audio.js';
import { asError } from './node-errors.js';
import { listDevices } from './recording-programs.js';
import { dataDirectory, NotDeployedError, type SessionUse, useSession } from './sessions.js';

interface Choice {
  /** What the config node's field is given. */
  readonly id: string;
  readonly description: string;
}

const SAMPLES = ['speech', 'music', 'noise'];

/** Endpoints of the editor: lists to choose from, clips, and a try on samples. Node-RED's permissions guard all. */
export function registerAdmin(RED: NodeAPI): void {
  const { needsPermission } = RED.auth;

  RED.httpAdmin.get('/ecapa/catalogue', needsPermission('ecapa.read'), (_request, response) => {
    Promise.all([models(), heads(dataDirectory(RED))]).then(
      ([models, heads]) => response.json({ models, heads }),
      (error: unknown) => response.status(500).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.get('/ecapa/labels', needsPermission('ecapa.read'), (request, response) => {
    withSession(RED, request.query.model, async ({ session }) => (await session.head()).labels).then(
      (labels) => response.json({ labels }),
      (error: unknown) => response.status(statusOf(error)).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.get('/ecapa/devices', needsPermission('ecapa.read'), (_request, response) => {
    listDevices().then(
      (devices) => response.json({ devices }),
      (error: unknown) => response.status(500).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.get('/ecapa/clips/:node', needsPermission('ecapa.read'), (request, response) => {
    withClips(RED, String(request.params.node), (clips) => clips.list()).then(
      (clips) => response.json({ clips }),
      (error: unknown) => response.status(statusOf(error)).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.get('/ecapa/clips/:node/:clip/sound', needsPermission('ecapa.read'), (request, response) => {
    withClips(RED, String(request.params.node), (clips) => clips.sound(String(request.params.clip))).then(
      (wav) => {
        response.set({
          'Content-Type': 'audio/wav',
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store',
        });
        response.send(wav);
      },
      (error: unknown) => response.status(statusOf(error)).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.delete('/ecapa/clips/:node/:clip', needsPermission('ecapa.write'), (request, response) => {
    withClips(RED, String(request.params.node), (clips) => clips.remove(String(request.params.clip))).then(
      () => response.status(204).end(),
      (error: unknown) => response.status(statusOf(error)).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.post('/ecapa/try', needsPermission('ecapa.write'), (request, response) => {
    withSession(RED, request.query.model, trySamples).then(
      (results) => response.json({ results }),
      (error: unknown) => response.status(statusOf(error)).json({ message: asError(error).message }),
    );
  });
}

/** 404 for a config node that the editor knows and the runtime does not yet. */
function statusOf(error: unknown): number {
  return error instanceof NotDeployedError ? 404 : 409;
}

/** Models that need not be pulled first. */
async function models(): Promise<readonly Choice[]> {
  const listed = await listModels();
  return listed
    .filter(({ state }) => state !== 'available')
    .map(({ id, description }) => ({ id, description }));
}

/** Heads that come with the package, and those that flows have taught. */
async function heads(directory: string): Promise<readonly Choice[]> {
  const { manifest } = await loadEmbeddedManifest();
  const files = await readdir(directory).catch(() => [] as string[]); // nothing was taught yet
  const taught = files
    .filter((name) => name.endsWith('.head.json'))
    .map(async (name): Promise<readonly Choice[]> => {
      const path = join(directory, name);
      const head = await loadHead(path).catch(() => undefined); // a damaged one is nothing to choose
      return head === undefined ? [] : [{ id: path, description: `${head.id}: ${head.labels.join(', ')}` }];
    });
  // Heads of several models can share an id: the model says which one is meant.
  const shipped = new Map(manifest.heads.map(({ id, description }) => [id, { id, description }]));
  return [...shipped.values(), ...(await Promise.all(taught)).flat()];
}

async function trySamples({ session }: SessionUse) {
  const [engine, head] = await Promise.all([session.engine(), session.head()]);
  const results = SAMPLES.map(async (sample) => {
    const { label, probability } = await engine.classify(samplePath(sample), { head, name: sample });
    return { sample, label, probability };
  });
  return Promise.all(results);
}

async function withSession<Answer>(
  RED: NodeAPI,
  configId: unknown,
  ask: (use: SessionUse) => Promise<Answer>,
): Promise<Answer> {
  const use = useSession(RED, typeof configId === 'string' && configId !== '' ? configId : undefined);
  try {
    return await ask(use);
  } finally {
    await use.close(false);
  }
}

async function withClips<Answer>(
  RED: NodeAPI,
  id: string,
  ask: (clips: ClipBook) => Promise<Answer>,
): Promise<Answer> {
  const node = RED.nodes.getNode(id) as TrainNodeWithClips | null;
  if (!node?.clipBook) throw new NotDeployedError('This train node does not run yet. Deploy first.');
  return ask(node.clipBook);
}
