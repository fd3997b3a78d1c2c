import { readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, residentMegabytes, slope } from './measures.js';
import {
  type Host,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { isRunning } from './processes.js';
import { RATE_HZ, wavHeader } from './sound.js';

export interface SoakOptions {
  readonly messages: number;
  readonly redeploys: number;
  /** Length of the recording that is classified while the event loop is watched. */
  readonly longMinutes: number;
  /** Called after each round of messages. */
  readonly onRound?: (soFar: SoakProgress) => void;
}

export interface SoakProgress {
  readonly sent: number;
  readonly verdicts: number;
  readonly errors: number;
  readonly unanswered: number;
  /** Resident memory. */
  readonly hostMegabytes: number;
  readonly workerMegabytes: number;
}

export interface SoakFigures {
  readonly messages: number;
  readonly verdicts: number;
  readonly errors: number;
  /** Of the errors: messages that a redeploy ended. */
  readonly cancelled: number;
  /** Of the verdicts: sound recordings that got another's label. */
  readonly mixedUp: number;
  /** Requests that got no answer, or another than a verdict or a typed error. */
  readonly unanswered: number;
  readonly redeploys: number;
  /** Growth of resident memory over the second half, per 1000 messages. */
  readonly hostSlopeMegabytes: number;
  readonly workerSlopeMegabytes: number;
  readonly loopDelayP99Milliseconds: number;
  readonly slowestAdminMilliseconds: number;
  readonly longSeconds: number;
  /** Processor time of Node-RED's own process while the long recording was classified, per second of its worker's. */
  readonly hostCpuShare: number;
  readonly processesLeft: number;
}

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');

const flowOf = (version: number): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model', workers: '1' },
  node('in', { type: 'http in', url: '/soak', method: 'post', wires: [['it']] }),
  node('it', { type: 'ecapa-classify', model: 'config', name: `v${version}`, wires: [['out']] }),
  node('long', { type: 'http in', url: '/long', method: 'post', wires: [['path']] }),
  node('path', {
    type: 'function',
    func: 'msg.payload = String(msg.payload.path); return msg;',
    wires: [['timeline']],
  }),
  node('timeline', {
    type: 'ecapa-classify',
    model: 'config',
    accept: 'paths',
    mode: 'timeline',
    wires: [['out']],
  }),
  node('out', { type: 'http response', wires: [] }),
  node('catch', { type: 'catch', scope: ['it', 'timeline'], wires: [['failed']] }),
  node('failed', {
    type: 'function',
    func: 'msg.statusCode = 500; msg.payload = { error: msg.error.message, code: msg.error.code }; return msg;',
    wires: [['out']],
  }),
  node('delay', { type: 'http in', url: '/delay', method: 'get', wires: [['read']] }),
  node('read', {
    type: 'function',
    libs: [{ var: 'perf', module: 'perf_hooks' }],
    initialize: 'const h = perf.monitorEventLoopDelay({ resolution: 5 }); h.enable(); context.set("h", h);',
    func: 'const h = context.get("h"); msg.payload = { p99: h.percentile(99) / 1e6 - 5 }; h.reset(); return msg;',
    wires: [['out']],
  }),
];

function node(id: string, rest: object): object {
  return { id, z: 'tab', x: 1, y: 1, ...rest };
}

/** Loads a real Node-RED with messages, among them broken ones, and redeploys, and measures. */
export async function soak(host: Host, options: SoakOptions): Promise<SoakFigures> {
  const userDir = userDirectoryWith(packedTarball());
  const recording = join(tmpdir(), `ecapa-soak-${process.pid}.wav`);
  const red = await NodeRedProcess.start(host, userDir);
  try {
    await red.deploy(flowOf(0));
    const load = await sendMessages(red, options);
    await writeLongRecording(recording, options.longMinutes);
    const long = await classifyLong(red, recording);
    const workers = red.workers();
    await red.stop();
    for (let tries = 0; tries < 300 && workers.some(isRunning); tries++) await pause(100);
    return { ...load, ...long, processesLeft: workers.filter(isRunning).length };
  } finally {
    await red.stop();
    removeDirectory(userDir);
    rmSync(recording, { force: true });
  }
}

async function sendMessages(red: NodeRedProcess, { messages, redeploys, onRound }: SoakOptions) {
  const good = ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus'].map((name) =>
    readFileSync(join(SAMPLES, name)),
  );
  const labels = ['speech', 'music', 'noise'];
  const answers = { verdicts: 0, errors: 0, cancelled: 0, mixedUp: 0, unanswered: 0 };
  const memory: { at: number; host: number; worker: number }[] = [];
  const send = async (i: number): Promise<void> => {
    // Every fifth message is a damaged file.
    const clip = good[i % good.length] ?? Buffer.alloc(0);
    const isDamaged = i % 5 === 4;
    const body = isDamaged ? Buffer.concat([Buffer.from('junk'), clip.subarray(0, 2000)]) : clip;
    try {
      const response = await fetch(`${red.url}/soak`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(120_000),
      });
      const said = (await response.json()) as { label?: string; error?: string; code?: string };
      if (response.status === 200 && said.label !== undefined) {
        answers.verdicts++;
        if (!isDamaged && said.label !== labels[i % labels.length]) answers.mixedUp++;
      } else if (response.status === 500 && said.error !== undefined) {
        answers.errors++;
        if (said.code === 'CANCELLED') answers.cancelled++;
      } else answers.unanswered++;
    } catch {
      answers.unanswered++;
    }
  };
  const rounds = redeploys + 1;
  const perRound = Math.ceil(messages / rounds);
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    const underWay = new Set<Promise<void>>();
    for (let k = 0; k < perRound && sent < messages; k++, sent++) {
      const job = send(sent).finally(() => underWay.delete(job));
      underWay.add(job);
      if (underWay.size >= 8) await Promise.race(underWay);
    }
    // The last ones have arrived and are waiting or being computed when their node is replaced.
    await pause(20);
    if (round < redeploys) await red.deploy(flowOf(round + 1), 'nodes');
    await Promise.all(underWay);
    const [worker] = red.workers();
    const [host, ofWorker] = [residentMegabytes(red.pid), residentMegabytes(worker ?? 0)];
    memory.push({ at: sent, host, worker: ofWorker });
    onRound?.({ sent, ...answers, hostMegabytes: host, workerMegabytes: ofWorker });
  }
  const later = memory.slice(memory.length >> 1);
  return {
    messages,
    redeploys,
    ...answers,
    hostSlopeMegabytes: 1000 * slope(later.map(({ at, host }) => [at, host])),
    workerSlopeMegabytes: 1000 * slope(later.map(({ at, worker }) => [at, worker])),
  };
}

async function classifyLong(red: NodeRedProcess, path: string) {
  await fetch(`${red.url}/delay`); // resets the histogram
  const started = performance.now();
  const [worker = 0] = red.workers();
  const cpuBefore = [cpuSeconds(red.pid), cpuSeconds(worker)] as const;
  let isDone = false;
  const job = postPatiently(`${red.url}/long`, { path }).finally(() => {
    isDone = true;
  });
  let slowest = 0;
  while (!isDone) {
    const asked = performance.now();
    await (await fetch(`${red.url}/settings`)).text();
    slowest = Math.max(slowest, performance.now() - asked);
    await pause(250);
  }
  const { status, text } = await job;
  if (status !== 200) throw new Error(text);
  const longSeconds = (performance.now() - started) / 1000;
  const { p99 } = (await (await fetch(`${red.url}/delay`)).json()) as { p99: number };
  const hostCpuShare = (cpuSeconds(red.pid) - cpuBefore[0]) / (cpuSeconds(worker) - cpuBefore[1]);
  return { loopDelayP99Milliseconds: p99, slowestAdminMilliseconds: slowest, longSeconds, hostCpuShare };
}

/** A POST whose answer may take as long as it likes: `fetch` gives up after five minutes without one. */
function postPatiently(url: string, body: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const job = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject).once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    job.once('error', reject).end(JSON.stringify(body));
  });
}

/** Tones that change every few seconds, written in pieces. */
async function writeLongRecording(path: string, minutes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.write(wavHeader(60 * minutes * RATE_HZ));
    for (let second = 0; second < 60 * minutes; second++) {
      const pitch = 110 * (1 + (Math.floor(second / 7) % 9));
      const block = Int16Array.from({ length: RATE_HZ }, (_, i) =>
        Math.round(9000 * Math.sin((2 * Math.PI * pitch * i) / RATE_HZ) * (1 + Math.sin(i / 900))),
      );
      await file.write(Buffer.from(block.buffer));
    }
  } finally {
    await file.close();
  }
}
