/**
 * What a host feels while an hour of audio is classified: delay of its event loop, memory of all processes
 * together, time to the first verdict. Run: pnpm --filter @ecapa/bench engine
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Classifier } from '@ecapa/core';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = join(REPOSITORY, 'test', 'fixtures', 'samples');
const CLI = join(REPOSITORY, 'packages', 'cli', 'bin', 'ecapa.js');

/** Resident bytes of this process and everything it has started (Linux). */
function residentBytes(root = process.pid): number {
  let sum = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
      if (Number(entry) !== root && parent !== root) continue;
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1];
      sum += Number(kilobytes ?? 0) * 1024;
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return sum;
}

/** An hour of the sample clips, one after the other, as MP3. */
function hourOfAudio(folder: string): string {
  const path = join(folder, 'hour.mp3');
  const list = readdirSync(SAMPLES).map((name) => join(SAMPLES, name));
  const inputs = list.flatMap((file) => ['-i', file]);
  const graph = `${list.map((_, i) => `[${i}:a]aresample=44100,aformat=channel_layouts=stereo[a${i}]`).join(';')};${list.map((_, i) => `[a${i}]`).join('')}concat=n=${list.length}:v=0:a=1[out]`;
  const round = join(folder, 'round.wav');
  execFileSync('ffmpeg', ['-v', 'error', ...inputs, '-filter_complex', graph, '-map', '[out]', round]);
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-stream_loop',
    '-1',
    '-i',
    round,
    '-t',
    '3600',
    '-b:a',
    '128k',
    path,
  ]);
  return path;
}

async function timeToFirstVerdict(): Promise<void> {
  const sample = join(SAMPLES, readdirSync(SAMPLES)[0] ?? '');
  const seconds = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [CLI, 'classify', '--json', sample]);
    if (status !== 0) throw new Error(`ecapa exited with ${status}`);
    return (performance.now() - start) / 1000;
  }).sort((a, b) => a - b);
  console.log(
    `process start to end with one verdict: median ${seconds[2]?.toFixed(2)} s of 5 runs (bound 1 s)`,
  );
}

async function hostDuringAnHour(): Promise<void> {
  if (!existsSync('/usr/bin/ffmpeg')) return console.log('skipped: no ffmpeg to make an hour of MP3 with');
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
  try {
    const file = hourOfAudio(folder);
    const classifier = await Classifier.open({ workers: 1, threads: 2 });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let peak = 0;
    const watch = setInterval(() => {
      // Reading /proc takes this process a few milliseconds, which are its own delay: sample seldom.
      peak = Math.max(peak, residentBytes());
    }, 500);
    const start = performance.now();
    delay.enable();
    const result = await classifier.classify(file);
    delay.disable();
    const seconds = (performance.now() - start) / 1000;
    clearInterval(watch);
    await classifier.close();
    console.log(
      `one hour of MP3: ${seconds.toFixed(1)} s, ${(3600 / seconds).toFixed(0)}x real time; verdict ${result.label}`,
    );
    console.log(
      `event loop of the host: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms (bound 20 ms)`,
    );
    console.log(`memory of all processes: peak ${(peak / 1e6).toFixed(0)} MB (bound 300 MB)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await timeToFirstVerdict();
await hostDuringAnHour();
