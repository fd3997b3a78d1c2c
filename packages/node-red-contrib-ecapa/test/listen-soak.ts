import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { residentMegabytes, slope } from './measures.js';
import {
  type Host,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';
import { isRunning } from './processes.js';
import { samplesOf } from './sound.js';

export interface ListenSoakOptions {
  /** How often the recorder dies, hangs and ends, in turn. */
  readonly lives: number;
  /** Sound that it delivers in all of them. */
  readonly hours: number;
  /** Sound delivered in a second. */
  readonly speed: number;
  readonly onSample?: (soFar: object) => void;
}

/** What the flow has counted. */
interface Counts {
  readonly starting: number;
  readonly retrying: number;
  readonly started: number;
  readonly ended: number;
  readonly errors: readonly string[];
}

const HANG_SECONDS = 2;

/** Counts states of the recorder, events and errors; what they hold is thrown away. */
const FLOW = [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model', workers: '1' },
  node('listen', {
    type: 'ecapa-listen',
    autoStart: false,
    hangSeconds: `${HANG_SECONDS}`,
    retrySeconds: '0.05',
    longestRetrySeconds: '0.05',
    wires: [['stream'], ['count']],
  }),
  node('stream', {
    type: 'ecapa-stream',
    model: 'config',
    bufferSeconds: '600',
    gapSeconds: '600',
    eventAudio: true,
    longestSeconds: '60',
    wires: [[], [], ['count']],
  }),
  node('catch', { type: 'catch', scope: ['listen', 'stream'], wires: [['count']] }),
  node('count', {
    type: 'function',
    func: `const counts = flow.get('counts') || { starting: 0, retrying: 0, started: 0, ended: 0, errors: [] };
      if (msg.error) counts.errors = counts.errors.concat(msg.error.message).slice(-20);
      const kind = msg.error ? undefined : msg.payload.event || msg.payload.type;
      if (kind in counts) counts[kind]++;
      flow.set('counts', counts);`,
    outputs: 0,
    wires: [],
  }),
  node('ask', { type: 'http in', url: '/counts', method: 'get', wires: [['read']] }),
  node('read', {
    type: 'function',
    func: `msg.payload = flow.get('counts') || {}; return msg;`,
    wires: [['answer']],
  }),
  node('answer', { type: 'http response', wires: [] }),
  node('order', { type: 'http in', url: '/order/:what', method: 'post', wires: [['obey']] }),
  node('obey', {
    type: 'function',
    func: `node.send([{ payload: msg.req.params.what }, null]); return [null, { req: msg.req, res: msg.res, payload: '' }];`,
    outputs: 2,
    wires: [['listen'], ['answer']],
  }),
];

function node(id: string, rest: object): object {
  return { id, z: 'tab', x: 1, y: 1, ...rest };
}

/** In the place of arecord: delivers its part of the sound, then fails, hangs or ends, in turn. */
const recorder = (folder: string, seconds: number, speed: number): string => `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const pids = ${JSON.stringify(join(folder, 'pids'))};
appendFileSync(pids, process.pid + '\\n');
const life = readFileSync(pids, 'utf8').trim().split('\\n').length;
const sound = readFileSync(${JSON.stringify(join(folder, 'sound.pcm'))});
const startedAt = performance.now();
let sentSeconds = 0;
const timer = setInterval(() => {
  const dueSeconds = Math.min(${seconds}, (${speed} * (performance.now() - startedAt)) / 1000);
  for (; sentSeconds < dueSeconds; sentSeconds += 0.25) {
    const at = (32000 * sentSeconds) % sound.length;
    process.stdout.write(sound.subarray(at, at + 8000));
  }
  if (dueSeconds < ${seconds}) return;
  clearInterval(timer);
  if (life % 3 === 1) { console.error('no such device'); process.exitCode = 1; }
  else if (life % 3 === 2) setInterval(() => undefined, 60000);
}, 50);
`;

/** A listen node whose recorder keeps failing, and the stream behind it; measures what stays behind of each life. */
export async function listenSoak(host: Host, { lives, hours, speed, onSample }: ListenSoakOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-listen-soak-'));
  const userDir = userDirectoryWith(packedTarball());
  await writeRecorder(folder, (3600 * hours) / lives, speed);
  const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
  const red = await NodeRedProcess.start(host, userDir, env);
  const order = (what: 'start' | 'stop') => fetch(`${red.url}/order/${what}`, { method: 'POST' });
  const counted = async () => (await (await fetch(`${red.url}/counts`)).json()) as Partial<Counts>;
  try {
    await red.deploy(FLOW);
    await order('start');
    const startedAt = performance.now();
    const memory: { at: number; host: number; worker: number }[] = [];
    for (let sampled = 0; ; ) {
      const { retrying = 0, ...counts } = await counted();
      if (retrying > sampled) {
        sampled = retrying;
        const at = (sampled * hours) / lives;
        const workers = red.workers().filter(isWorker).map(residentMegabytes);
        const sample = { at, host: residentMegabytes(red.pid), worker: Math.max(0, ...workers) };
        memory.push(sample);
        onSample?.({ lives: sampled, ...counts, ...sample });
      }
      if (retrying >= lives) break;
      await pause(200);
    }
    await order('stop');
    let counts = await counted();
    while (counts.ended !== counts.started) {
      await pause(500);
      counts = await counted();
    }
    const minutes = (performance.now() - startedAt) / 60_000;
    const recorders = pidsIn(folder);
    const later = memory.slice(memory.length >> 1);
    return {
      lives,
      hours,
      speed,
      minutes,
      ...counts,
      hostMegabytes: memory.at(-1)?.host,
      hostSlopeMegabytesPerHour: slope(later.map(({ at, host }) => [at, host])),
      workerMegabytes: memory.at(-1)?.worker,
      workerSlopeMegabytesPerHour: slope(later.map(({ at, worker }) => [at, worker])),
      recordersLeft: recorders.filter(isRunning).length,
    };
  } finally {
    await red.stop();
    for (const directory of [userDir, folder]) removeDirectory(directory);
  }
}

async function writeRecorder(folder: string, secondsPerLife: number, speed: number): Promise<void> {
  const sounds = ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus'];
  const parts = await Promise.all(sounds.map((name) => samplesOf(name, 10)));
  const silence = Buffer.alloc(32_000 * 10);
  writeFileSync(
    join(folder, 'sound.pcm'),
    Buffer.concat([...parts.map(({ buffer }) => Buffer.from(buffer)), silence]),
  );
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'arecord');
  writeFileSync(program, recorder(folder, secondsPerLife, speed));
  chmodSync(program, 0o755);
}

const pidsIn = (folder: string): number[] =>
  readFileSync(join(folder, 'pids'), 'utf8').split('\n').filter(Boolean).map(Number);

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ecapa-worker');
  } catch {
    return false; // it has ended meanwhile
  }
}
