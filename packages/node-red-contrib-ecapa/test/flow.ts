import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, NodeMessageInFlow } from 'node-red';

/** The helper is plain JavaScript; what is used of it. */
interface TestHelper {
  init(runtime: string): void;
  settings(settings: object): void;
  startServer(done: () => void): void;
  stopServer(done: () => void): void;
  load(nodes: unknown, flow: readonly object[], credentials?: object): Promise<void>;
  unload(): Promise<void>;
  getNode(id: string): Node;
}
const helper = require('node-red-node-test-helper') as TestHelper;

/** How messages ended while their flow was stopped: the codes of errors, undefined for a success. */
export interface Stopped {
  readonly ends: (string | undefined)[];
  readonly gaveUp: number;
}

interface Completion {
  readonly node: { readonly id: string };
  readonly error?: { readonly code?: string };
}
const { hooks, log } = createRequire(require.resolve('node-red'))('@node-red/util') as {
  readonly hooks: {
    add(hook: string, listener: (event: Completion) => void): void;
    remove(hook: string): void;
  };
  readonly log: {
    addHandler(handler: EventEmitter): void;
    removeHandler(handler: EventEmitter): void;
  };
};

// The bundle, as Node-RED loads it.
const nodes = require('../dist/ecapa.js') as unknown;

export interface Received extends NodeMessageInFlow {
  readonly [key: string]: unknown;
}

/** A running flow: sends messages in, gathers what comes out. */
export class Flow {
  readonly userDir = mkdtempSync(join(tmpdir(), 'ecapa-nr-'));
  readonly received: Record<string, Received[]> = {};
  #wake: () => void = () => undefined;
  #isRunning = false;

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Nodes of type `helper` gather what they are sent. */
  async start(flow: readonly object[], credentials: object = {}): Promise<void> {
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir: this.userDir });
    await new Promise<void>((resolve) => helper.startServer(resolve));
    this.#isRunning = true;
    await this.#load(flow, credentials);
  }

  async #load(flow: readonly object[], credentials: object = {}): Promise<void> {
    await helper.load(nodes, placed(flow), credentials);
    for (const node of flow) {
      const { id, type } = node as { id: string; type: string };
      if (type !== 'helper') continue;
      this.received[id] = [];
      helper.getNode(id).on('input', (message: NodeMessageInFlow) => {
        this.received[id]?.push(message as Received);
        this.#wake();
      });
    }
  }

  node(id: string): Node {
    return helper.getNode(id);
  }

  send(id: string, message: object): void {
    this.node(id).receive(message as NodeMessageInFlow);
  }

  /** The messages at a gatherer, once there are `count` of them. */
  async wait(id: string, count = 1): Promise<readonly Received[]> {
    const deadline = performance.now() + 150_000;
    for (;;) {
      const all = this.received[id] ?? [];
      if (all.length >= count) return all;
      if (performance.now() > deadline) {
        throw new Error(
          `${id}: ${all.length} of ${count} messages came; ${JSON.stringify(this.received).slice(0, 3000)}`,
        );
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  }

  /** Waits, as long as the test may take, until what was received fulfils a condition. */
  async until(isSo: (received: Readonly<Record<string, readonly Received[]>>) => boolean): Promise<void> {
    while (!isSo(this.received)) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /**
   * Stops all nodes and starts them again; what was received before is forgotten. Returns how the messages of
   * node `id` ended, and the nodes that Node-RED gave up on because they did not close in its time.
   */
  async restart(flow: readonly object[], id?: string): Promise<Stopped> {
    const ends: Stopped['ends'] = [];
    hooks.add('onComplete.test', ({ node, error }) => {
      if (node.id === id) ends.push(error?.code);
    });
    let gaveUp = 0;
    const listener = new EventEmitter().on('log', ({ msg }: { msg: unknown }) => {
      if (/timed out/.test(String(msg))) gaveUp++;
    });
    log.addHandler(listener);
    await helper.unload();
    log.removeHandler(listener);
    hooks.remove('onComplete.test');
    await this.#load(flow);
    return { ends, gaveUp };
  }

  async stop(): Promise<void> {
    await helper.unload();
    await new Promise<void>((resolve) => helper.stopServer(resolve));
    rmSync(this.userDir, { recursive: true, force: true });
  }
}

/** Node-RED takes nodes without a place on the canvas for config nodes. */
function placed(flow: readonly object[]): object[] {
  return flow.map((node) => {
    const { type } = node as { type: string };
    return ['tab', 'ecapa-model', 'ecapa-queue'].includes(type) ? node : { x: 0, y: 0, ...node };
  });
}
