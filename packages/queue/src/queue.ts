import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Connection, type ConnectionOptions, connect } from './connection.js';
import { checkQueueName, PREFIX, type QueueKeys, queueKeys } from './keys.js';

export interface QueueOptions extends ConnectionOptions {
  /** Which queue of the server. */
  readonly name: string;
}

/**
 * Events hold results once more. Nothing here reads them; dashboards show the latest.
 */
const MAX_EVENTS = 100;

/** A queue, and the connection that it is reached over. */
export class BatchQueue {
  readonly name: string;
  readonly redis: Redis;
  readonly bull: Queue;
  readonly keys: QueueKeys;

  readonly #connection: Connection;

  private constructor(name: string, connection: Connection) {
    this.name = name;
    this.#connection = connection;
    this.redis = connection.redis;
    this.keys = queueKeys(name);
    this.bull = new Queue(name, {
      connection: this.redis,
      prefix: PREFIX,
      streams: { events: { maxLen: MAX_EVENTS } },
      skipVersionCheck: true, // checked when connecting
    });
    // The connection's state is reported by the connection; commands reject with the same.
    this.bull.on('error', () => undefined);
  }

  /** Throws as `connect` does, and RangeError for a name that cannot be one. */
  static async open(options: QueueOptions): Promise<BatchQueue> {
    checkQueueName(options.name);
    return new BatchQueue(options.name, await connect(options));
  }

  async close(): Promise<void> {
    await this.bull.close();
    this.#connection.close();
  }
}
