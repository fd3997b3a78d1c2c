import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { readError } from '@ecapa/core/host';
import type { BatchQueue } from '@ecapa/queue';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { asError } from './node-errors.js';
import { NotDeployedError } from './sessions.js';

/** What the bundle beside this one exports. */
export type QueueClient = typeof import('./queue-client.js');

interface QueueNodeDef extends NodeDef {
  /** `redis://host:port` or `rediss://host:port`, without user and password. */
  readonly url?: string;
  readonly queueName?: string;
  /** Under which name workers know the folder. */
  readonly rootName?: string;
  /** Where this machine has it. */
  readonly folder?: string;
  /** PEM file with certificates. */
  readonly ca?: string;
}

interface QueueCredentials {
  readonly user?: string;
  readonly password?: string;
}

/** A queue that workers on other machines take jobs from. */
export interface QueueLink {
  readonly client: QueueClient;
  readonly root: { readonly name: string; readonly path: string } | undefined;
  /** Rejects with QUEUE_UNAVAILABLE; tried again on a call 5 s later. */
  open(): Promise<BatchQueue>;
}

interface QueueNode extends Node<QueueCredentials> {
  link?: QueueLink;
}

const RETRY_SECONDS = 5;

/** `ecapa-queue`: the address of a queue, its credentials, and the folder that its workers share with this machine. */
export function registerQueueNode(RED: NodeAPI): void {
  function EcapaQueue(this: QueueNode, def: QueueNodeDef): void {
    RED.nodes.createNode(this, def);
    let connection: QueueConnection;
    try {
      connection = new QueueConnection(this, def);
    } catch (error) {
      this.error(asError(error).message);
      return;
    }
    this.link = connection;
    // At once, so that a wrong address or password is reported on deploy.
    connection.open().catch((error: unknown) => this.error(asError(error).message));
    this.on('close', (done: () => void) => {
      connection.close().then(done, () => done());
    });
  }
  RED.nodes.registerType('ecapa-queue', EcapaQueue as Parameters<typeof RED.nodes.registerType>[1], {
    credentials: { user: { type: 'text' }, password: { type: 'password' } },
  });
}

/** Throws where there is no such config node, or its settings are not valid. */
export function useQueue(RED: NodeAPI, configId: string): QueueLink {
  const node = RED.nodes.getNode(configId) as QueueNode | null;
  if (!node)
    throw new NotDeployedError('The ecapa queue node that is named here is missing. Choose another.');
  if (node.link !== undefined) return node.link;
  throw new Error(
    'The settings of the ecapa queue node that is named here are not valid. Open it and correct them.',
  );
}

class QueueConnection implements QueueLink {
  readonly client: QueueClient = require(join(__dirname, 'ecapa-queue.js'));
  readonly root: QueueLink['root'];
  readonly #node: Node;
  readonly #url: string;
  readonly #def: QueueNodeDef;
  #opened: Promise<BatchQueue> | undefined;
  #failedAt = 0;

  constructor(node: QueueNode, def: QueueNodeDef) {
    this.#node = node;
    this.#def = def;
    this.#url = urlWith(def.url, node.credentials ?? {});
    const { rootName, folder } = def;
    if (Boolean(rootName) !== Boolean(folder))
      throw new RangeError('folder: needs a name, and the name a folder');
    if (folder && !isAbsolute(folder))
      throw new RangeError(`folder: expected an absolute path, got "${folder}"`);
    this.root = rootName && folder ? this.client.parseRoot(`${rootName}=${folder}`) : undefined;
  }

  open(): Promise<BatchQueue> {
    if (this.#failedAt > 0 && performance.now() - this.#failedAt > 1000 * RETRY_SECONDS)
      this.#opened = undefined;
    if (this.#opened === undefined) {
      this.#failedAt = 0;
      this.#opened = this.#connect();
      this.#opened.catch(() => {
        this.#failedAt = performance.now();
      });
    }
    return this.#opened;
  }

  async close(): Promise<void> {
    const queue = await this.#opened?.catch(() => undefined);
    await queue?.close();
  }

  async #connect(): Promise<BatchQueue> {
    const { ca, queueName } = this.#def;
    const certificates = ca
      ? await readFile(ca, 'utf8').catch((cause: unknown) => {
          throw readError(ca, cause);
        })
      : undefined;
    return this.client.BatchQueue.open({
      url: this.#url,
      name: queueName || 'node-red',
      ca: certificates,
      onConnection: (isConnected, reason) =>
        isConnected
          ? this.#node.log('the queue is there again')
          : this.#node.warn(`the queue is lost: ${reason}`),
    });
  }
}

/** Throws RangeError without the address, which may hold a password that was put there by mistake. */
function urlWith(address: string | undefined, { user = '', password = '' }: QueueCredentials): string {
  if (!address || !URL.canParse(address) || !/^rediss?:/.test(address))
    throw new RangeError('url: expected an address such as redis://queue.local:6379, or rediss:// for TLS');
  const url = new URL(address);
  if (user !== '') url.username = encodeURIComponent(user);
  if (password !== '') url.password = encodeURIComponent(password);
  return url.href;
}
