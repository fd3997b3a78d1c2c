import { join } from 'node:path';
import { isRuntimeChoice, type QueuePolicy } from '@ecapa/core';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelSession, type SessionSettings } from './model-session.js';
import { reportRuntime } from './report-runtime.js';
import { optionalNumber } from './settings.js';

export interface ModelNodeDef extends NodeDef {
  readonly model?: string;
  readonly head?: string;
  readonly workers?: string | number;
  readonly threads?: string | number;
  readonly queueLimit?: string | number;
  readonly queueMegabytes?: string | number;
  readonly queuePolicy?: QueuePolicy;
  readonly ffmpegPath?: string;
  readonly runtime?: string;
}

export interface ModelNode extends Node {
  session?: ModelSession;
}

/** A session in use by one node. */
export interface SessionUse {
  readonly session: ModelSession;
  /** The session of all nodes that name no config node. */
  readonly isShared: boolean;
  close(removed: boolean): Promise<void>;
}

/** A config node that is not part of what runs. */
export class NotDeployedError extends Error {}

const QUEUE_POLICIES: readonly string[] = ['wait', 'reject', 'drop-oldest', 'drop-newest'];

let shared: { readonly session: ModelSession; users: number } | undefined;

/** The session of a config node, or the one that all nodes without a config node share. */
export function useSession(RED: NodeAPI, configId: string | undefined): SessionUse {
  if (configId) {
    const node = RED.nodes.getNode(configId) as ModelNode | null;
    if (!node)
      throw new NotDeployedError('The ecapa model node that is named here is missing. Choose another.');
    if (node.session === undefined) {
      throw new Error(
        'The settings of the ecapa model node that is named here are not valid. Open it and correct them.',
      );
    }
    return { session: node.session, isShared: false, close: async () => undefined };
  }
  shared ??= { session: new ModelSession(sessionSettings(RED, undefined)), users: 0 };
  const own = shared;
  own.users++;
  own.session.engine().then(
    (engine) => reportRuntime(RED, engine),
    () => undefined, // the node that uses it reports why
  );
  return {
    session: own.session,
    isShared: true,
    async close(removed) {
      own.users--;
      if (own.users > 0) return;
      if (shared === own) shared = undefined;
      await own.session.close(removed);
    },
  };
}

/** Throws `RangeError` naming the field. */
export function sessionSettings(RED: NodeAPI, def: ModelNodeDef | undefined): SessionSettings {
  const whole = { whole: true };
  const workers = optionalNumber('workers', def?.workers, 1, 256, whole);
  const threads = optionalNumber('threads', def?.threads, 1, 256, whole);
  const queueLimit = optionalNumber('queueLimit', def?.queueLimit, 1, 1_000_000, whole);
  const queueMegabytes = optionalNumber('queueMegabytes', def?.queueMegabytes, 1, 1_000_000);
  const queuePolicy = def?.queuePolicy || undefined;
  if (queuePolicy !== undefined && !QUEUE_POLICIES.includes(queuePolicy)) {
    throw new RangeError(`queuePolicy: expected one of ${QUEUE_POLICIES.join(', ')}, got ${queuePolicy}`);
  }
  const runtime = def?.runtime || 'auto';
  if (!isRuntimeChoice(runtime)) {
    throw new RangeError(`runtime: expected auto, native or wasm, got ${runtime}`);
  }
  return {
    runtime,
    ...(def?.model && { model: def.model }),
    ...(def?.head && { head: def.head }),
    ...(def?.ffmpegPath && { ffmpegPath: def.ffmpegPath }),
    ...(workers !== undefined && { workers }),
    ...(threads !== undefined && { threads }),
    ...(queueLimit !== undefined && { queueLimit }),
    ...(queueMegabytes !== undefined && { queueBytes: 1e6 * queueMegabytes }),
    ...(queuePolicy !== undefined && { queuePolicy }),
    trainedHeadFile: join(dataDirectory(RED), `${def?.id ?? 'default'}.head.json`),
  };
}

/** The folder for what flows have taught. */
export function dataDirectory(RED: NodeAPI): string {
  return join(RED.settings.userDir ?? process.cwd(), 'ecapa');
}
