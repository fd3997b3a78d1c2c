/**
 * Whether the queue loses or doubles anything, what it costs and how much it holds: files through 1, 2 and 4 worker
 * processes with and without kills, a job's overhead against the local batch, and a million jobs without audio.
 * Needs redis-server. Run: pnpm --filter @ecapa/bench queue [files] [jobs] [part]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchQueue, queueStatus } from '@ecapa/queue';
import { startServer, type TestServer } from '../packages/queue/test/redis.js';
import { clipOf } from '../test/e2e/queue-clips.js';
import { CLI, MEGABYTE, measure } from './process-cost.js';

const FILES = Number(process.argv[2] ?? 2000);
const JOBS = Number(process.argv[3] ?? 1_000_000);
/** One part alone, by its name. */
const ONLY = process.argv[4];
const CLIP_SECONDS = 1;
const KILL_MILLISECONDS = 4000;
/** Until so many are done processes load the model. */
const WARM_SHARE = 0.1;

interface Archive {
  readonly path: string;
  readonly files: number;
}

const folder = await mkdtemp(join(tmpdir(), 'ecapa-bench-'));
const server = await startServer();
let locals = 0;
const PARTS = { overhead, speed, kills, million };
try {
  for (const [name, part] of Object.entries(PARTS)) if (ONLY === undefined || ONLY === name) await part();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Against the local batch, between two runs of it: what else the machine does changes. */
async function overhead(): Promise<void> {
  const few = await makeClips('overhead', Math.ceil(FILES / 5));
  const before = await localBatch(few);
  const queued = await throughQueue('overhead', few, ['--workers', '2'], 1, false);
  const after = await localBatch(few);
  compare(queued, before);
  for (const local of [before, after]) print(`local batch, 2 workers: ${rate(local)}, ${cost(local)}`);
  print(`queue, 1 worker process with 2 workers: ${rate(queued)}, ${cost(queued)}`);
  const wall = (2 * queued.seconds) / (before.seconds + after.seconds) - 1;
  const processor = (2 * queued.costPerFile) / (before.costPerFile + after.costPerFile) - 1;
  print(`overhead: ${percent(wall)} of wall time, ${percent(processor)} of processor time`);
}

async function speed(): Promise<void> {
  const few = await makeClips('speed', Math.ceil(FILES / 5));
  const local = await localBatch(few);
  for (const processes of [1, 2, 4]) {
    const run = await throughQueue(`speed-${processes}`, few, ['--workers', '1'], processes, false);
    compare(run, local);
    print(`${processes} worker processes: ${rate(run)}, ${cost(run)}`);
  }
}

async function kills(): Promise<void> {
  const many = await makeClips('many', FILES);
  const local = await localBatch(many);
  for (const processes of [1, 2, 4]) {
    const run = await throughQueue(`kills-${processes}`, many, ['--workers', '1'], processes, true);
    compare(run, local);
    print(`${processes} worker processes, with kills: each of ${many.files} files once${run.note}`);
  }
}

interface Run {
  readonly lines: readonly string[];
  /** From the first tenth of the files to the last. */
  readonly seconds: number;
  readonly filesPerSecond: number;
  /** Seconds of processor time, of all processes together. */
  readonly costPerFile: number;
  readonly note: string;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function rate({ filesPerSecond }: Run): string {
  return `${filesPerSecond.toFixed(1)} files/s`;
}

function cost({ costPerFile }: Run): string {
  return `${(1000 * costPerFile).toFixed(1)} ms of processor time a file`;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

async function makeClips(name: string, files: number): Promise<Archive> {
  const path = join(folder, name);
  await mkdir(path);
  for (let i = 0; i < files; i++) await writeFile(join(path, `${i}.wav`), clipOf(i, CLIP_SECONDS));
  return { path, files };
}

/** Throws unless both have the same lines, each once. */
function compare(run: Run, local: Run): void {
  const doubled = run.lines.length - new Set(run.lines).size;
  const found = new Set(run.lines);
  const missing = local.lines.filter((line) => !found.has(line)).length;
  if (doubled !== 0 || missing !== 0 || run.lines.length !== local.lines.length)
    throw new Error(`${run.lines.length} lines, ${doubled} doubled, ${missing} missing or different`);
}

interface Moment {
  readonly at: number;
  readonly processor: number;
}

function runOf(lines: readonly string[], files: number, from: Moment, to: Moment, note: string): Run {
  const timed = files - Math.round(files * WARM_SHARE);
  const seconds = (to.at - from.at) / 1000;
  const costPerFile = (to.processor - from.processor) / timed;
  return { lines, seconds, filesPerSecond: timed / seconds, costPerFile, note };
}

function start(...args: readonly string[]): ChildProcess {
  const env = { ...process.env, ECAPA_QUEUE: server.url };
  return spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
}

async function outputOf(...args: readonly string[]): Promise<string> {
  const child = start(...args);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return text;
}

/** Processor time of processes and all below them. */
function processorSeconds(children: readonly (ChildProcess | number)[]): number {
  return children.reduce<number>(
    (sum, child) => sum + measure(typeof child === 'number' ? child : (child.pid ?? 0)).seconds,
    0,
  );
}

async function localBatch({ path, files }: Archive): Promise<Run> {
  const child = start('timeline', '--json', '--resume', `local-${++locals}.jsonl`, '--workers', '2', path);
  if (child.stdout === null) throw new Error('no output');
  let from: Moment = { at: performance.now(), processor: 0 };
  let to = from;
  const watch = setInterval(() => {
    // Processes that have ended, as they do after the last file, are not counted any more.
    to = { at: performance.now(), processor: Math.max(to.processor, processorSeconds([child])) };
  }, 50);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === Math.round(files * WARM_SHARE))
      from = { at: performance.now(), processor: processorSeconds([child]) };
    if (lines.length < files) continue;
    clearInterval(watch);
    to = { ...to, at: performance.now() };
  }
  clearInterval(watch);
  return runOf(lines, files, from, to, '');
}

async function throughQueue(
  name: string,
  { path, files }: Archive,
  workerArgs: readonly string[],
  processes: number,
  kills: boolean,
): Promise<Run> {
  const queue = await BatchQueue.open({ url: server.url, name });
  const named = ['--name', name];
  await outputOf('batch', 'submit', path, '--root', `a=${path}`, '--timeline', ...named);
  const worker = (): ChildProcess =>
    start('worker', '--root', `a=${path}`, '--lock', '5', ...workerArgs, ...named);
  let workers = Array.from({ length: processes }, worker);
  const collect = (): ChildProcess => start('batch', 'collect', '-o', `${name}.jsonl`, ...named);
  let collector = collect();
  const deaths = { worker: 0, collector: 0, server: 0 };
  let from = { at: performance.now(), processor: 0 };
  let to = from;
  let isWarm = false;
  let nextKill = performance.now() + KILL_MILLISECONDS;
  const cost = (): number => processorSeconds([...workers, collector, server.pid()]);
  for (;;) {
    const { waiting, active, retrying, total } = await queueStatus(queue);
    const done = total - waiting - active - retrying;
    if (!isWarm && done >= files * WARM_SHARE) {
      isWarm = true;
      from = { at: performance.now(), processor: cost() };
    }
    to = { at: performance.now(), processor: cost() };
    if (done >= files) break;
    if (kills && performance.now() > nextKill) {
      nextKill += KILL_MILLISECONDS;
      const [oldest, ...others] = workers;
      oldest?.kill('SIGKILL');
      deaths.worker++;
      workers = [...others, worker()];
      if (deaths.worker === 2) {
        await server.restart();
        deaths.server++;
      }
      if (deaths.worker === 3 || deaths.worker === 4) {
        collector.kill('SIGKILL');
        deaths.collector++;
        collector = collect();
      }
    }
    await sleep(50);
  }
  if (collector.exitCode === null) await once(collector, 'exit');
  for (const child of workers) child.kill('SIGTERM');
  await Promise.all(workers.map(async (child) => child.exitCode ?? (await once(child, 'exit'))));
  await queue.close();
  const text = await outputOf('batch', 'results', `${name}.jsonl`);
  const lines = text.split('\n').filter((line) => line !== '');
  const { worker: w, collector: c, server: r } = deaths;
  return runOf(lines, files, from, to, kills ? ` (SIGKILL: ${w} workers, ${c} collectors, ${r} server)` : '');
}

async function million(): Promise<void> {
  const large = await startServer(['--appendfsync', 'everysec']);
  const list = join(folder, 'list.txt');
  const lines = createWriteStream(list);
  for (let i = 0; i < JOBS; i++) {
    const line = `https://archive.example/recordings/2026/station-${i % 97}/${String(i).padStart(9, '0')}.flac\n`;
    if (!lines.write(line)) await once(lines, 'drain');
  }
  lines.end();
  await once(lines, 'finish');
  const queue = await BatchQueue.open({ url: large.url, name: 'million' });
  try {
    const before = await memoryOf(queue);
    for (const round of ['submitted', 'submitted again']) {
      const { seconds, peakBytes, bytesAtTenth } = await submitList(list, large);
      print(
        `${JOBS} jobs ${round}: ${seconds.toFixed(0)} s, ${(bytesAtTenth / MEGABYTE).toFixed(0)} MB of memory after a tenth, ${(peakBytes / MEGABYTE).toFixed(0)} MB at most`,
      );
    }
    print(`Redis: ${Math.round(((await memoryOf(queue)) - before) / JOBS)} bytes a job`);
    const began = performance.now();
    const { waiting } = await queueStatus(queue);
    const milliseconds = performance.now() - began;
    if (waiting !== JOBS) throw new Error(`${waiting} jobs`);
    const commandBegan = performance.now();
    const child = spawn(process.execPath, [CLI, 'batch', 'status', '--name', 'million'], {
      env: { ...process.env, ECAPA_QUEUE: large.url },
      stdio: 'ignore',
    });
    await once(child, 'exit');
    const commandSeconds = (performance.now() - commandBegan) / 1000;
    print(`status: ${milliseconds.toFixed(0)} ms, ${commandSeconds.toFixed(2)} s as a command`);
  } finally {
    await queue.close();
    await large.stop();
  }
}

async function memoryOf(queue: BatchQueue): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await queue.redis.info('memory'))?.[1]);
}

async function submitList(
  list: string,
  to: TestServer,
): Promise<{ seconds: number; peakBytes: number; bytesAtTenth: number }> {
  const { size } = await stat(list);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [CLI, 'batch', 'submit', '-', '--name', 'million', '--max-waiting', '10000000'],
    {
      env: { ...process.env, ECAPA_QUEUE: to.url },
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  let peakBytes = 0;
  let bytesAtTenth = 0;
  let read = 0;
  const watch = setInterval(() => {
    const { bytes } = measure(child.pid ?? 0);
    peakBytes = Math.max(peakBytes, bytes);
    if (read < size / 10) bytesAtTenth = bytes;
  }, 250);
  const input = createReadStream(list);
  input.on('data', (chunk) => {
    read += chunk.length;
  });
  if (child.stdin !== null) input.pipe(child.stdin);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  if (code !== 0) throw new Error(`submit exited with ${code}`);
  return { seconds: (performance.now() - began) / 1000, peakBytes, bytesAtTenth };
}
