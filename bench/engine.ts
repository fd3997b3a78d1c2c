/**
 * What a host feels while an hour of audio is classified: delay of its event loop, memory of all processes
 * together. Run: pnpm --filter @ecapa/bench engine
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Classifier } from '@ecapa/core';
import { costOf, MEGABYTE } from './process-cost.js';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = join(REPOSITORY, 'test', 'fixtures', 'samples');

interface Turn {
  readonly wallMilliseconds: number;
  /** What this process computed meanwhile; the rest of the time it waited for a core. */
  readonly processorMilliseconds: number;
}

/** Watches the event loop by a timer of 1 ms until it is stopped: the turns that came late, longest first. */
function watchTurns(): () => Turn[] {
  const turns: Turn[] = [];
  let time = performance.now();
  let usage = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(usage);
    const wallMilliseconds = performance.now() - time;
    if (wallMilliseconds > 5) turns.push({ wallMilliseconds, processorMilliseconds: (user + system) / 1000 });
    time = performance.now();
    usage = process.cpuUsage();
  }, 1);
  return () => {
    clearInterval(timer);
    return turns.toSorted((a, b) => b.wallMilliseconds - a.wallMilliseconds);
  };
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

async function hostDuringAnHour(): Promise<void> {
  if (!existsSync('/usr/bin/ffmpeg')) return console.log('skipped: no ffmpeg to make an hour of MP3 with');
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
  try {
    const file = hourOfAudio(folder);
    const classifier = await Classifier.open({ workers: 1, threads: 2 });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const stopTurns = watchTurns();
    const start = performance.now();
    delay.enable();
    const result = await classifier.classify(file);
    delay.disable();
    const seconds = (performance.now() - start) / 1000;
    const late = stopTurns();
    await classifier.close();
    console.log(
      `one hour of MP3: ${seconds.toFixed(1)} s, ${(3600 / seconds).toFixed(0)}x real time; verdict ${result.label}`,
    );
    console.log(
      `event loop of the host: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms (bound 20 ms)`,
    );
    const spelt = late
      .slice(0, 3)
      .map(
        (turn) =>
          `${turn.wallMilliseconds.toFixed(0)} ms (${turn.processorMilliseconds.toFixed(1)} ms computing)`,
      );
    console.log(`longest turns of the loop: ${spelt.join(', ') || 'none over 5 ms'}`);
    const { peakBytes } = await costOf(['classify', '--json', file]);
    console.log(
      `memory of all processes of "ecapa classify": peak ${(peakBytes / MEGABYTE).toFixed(0)} MB (bound 300 MB)`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await hostDuringAnHour();
