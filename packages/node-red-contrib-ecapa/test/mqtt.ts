import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { freePort } from '../../queue/test/redis.js';

export interface Broker {
  readonly port: number;
  /** MQTT 5, which has shared subscriptions. */
  readonly isVersion5: boolean;
  stop(): Promise<void>;
}

/** A mosquitto where one is installed, and otherwise a smaller broker in this process. Nothing is kept from before. */
export async function startBroker(): Promise<Broker> {
  if (spawnSync('mosquitto', ['-h']).error === undefined) return startMosquitto();
  console.log('      no mosquitto is installed: aedes in its place, and no shared subscriptions');
  return startAedes();
}

async function startMosquitto(): Promise<Broker> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-broker-'));
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  const child: ChildProcess = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    await gone;
    rmSync(folder, { recursive: true });
  };
  return { port, isVersion5: true, stop };
}

async function startAedes(): Promise<Broker> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, isVersion5: false, stop };
}

export interface Published {
  readonly topic: string;
  readonly text: string;
}

/** What is used of Node-RED's own MQTT client. */
interface Client {
  on(event: 'message', listener: (topic: string, payload: Buffer, packet: { retain: boolean }) => void): void;
  subscribeAsync(topic: string): Promise<unknown>;
  publishAsync(topic: string, payload: Buffer, options: { qos: 1 }): Promise<unknown>;
  endAsync(): Promise<unknown>;
}

function connect(port: number): Promise<Client> {
  const ofNodeRed = createRequire(createRequire(__filename).resolve('node-red'));
  const { connectAsync } = ofNodeRed('mqtt') as { connectAsync(url: string): Promise<Client> };
  return connectAsync(`mqtt://127.0.0.1:${port}`);
}

/** Hears everything on a broker, and publishes. */
export class MqttClient {
  readonly published: Published[] = [];
  readonly #port: number;
  readonly #client: Client;

  private constructor(port: number, client: Client) {
    this.#port = port;
    this.#client = client;
  }

  static async connect(port: number): Promise<MqttClient> {
    const client = await connect(port);
    const own = new MqttClient(port, client);
    client.on('message', (topic, payload) => own.published.push({ topic, text: payload.toString() }));
    await client.subscribeAsync('#');
    return own;
  }

  async publish(topic: string, payload: Buffer): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  textsOf(topic: string): string[] {
    return this.published.filter((one) => one.topic === topic).map(({ text }) => text);
  }

  /** What a subscriber that comes later gets of a topic at once; undefined for nothing. */
  async retained(topic: string): Promise<string | undefined> {
    const late = await connect(this.#port);
    let kept: string | undefined;
    late.on('message', (_topic, payload, { retain }) => {
      if (retain) kept = payload.toString();
    });
    await late.subscribeAsync(topic);
    // A broker sends what is retained before it answers the next request.
    await late.subscribeAsync('nothing/comes/here');
    await late.endAsync();
    return kept;
  }

  async close(): Promise<void> {
    await this.#client.endAsync();
  }
}
