/**
 * How long after the audio a stream's segments are printed, and what a stream takes of memory and disk.
 *
 *   pnpm --filter @ecapa/bench live-latency -- [--seconds 120] [--hours 2]
 *
 * Sends sample clips end to end as MP3 to `ecapa timeline --format jsonl -`: first at the speed of a radio station, in
 * pieces of 100 ms, then so many hours as fast as they are taken. Latency is from when the end of a segment was sent to when
 * its line was printed. Needs a system ffmpeg to make the MP3, and Linux's /proc to measure.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CLI, MEGABYTE, measure } from './process-cost.js';

const SAMPLES = fileURLToPath(new URL('../test/fixtures/samples', import.meta.url));
const BYTES_PER_SECOND = 16_000;

/** The sample clips as MP3, 44.1 kHz stereo at 128 kbit/s, in frames that do not depend on one another. */
function encodeRound(): Buffer {
  const files = readdirSync(SAMPLES).map((name) => join(SAMPLES, name));
  const format = files
    .map((_, i) => `[${i}:a]aresample=44100,aformat=channel_layouts=stereo[a${i}]`)
    .join(';');
  const graph = `${format};${files.map((_, i) => `[a${i}]`).join('')}concat=n=${files.length}:v=0:a=1[out]`;
  const inputs = files.flatMap((file) => ['-i', file]);
  const encoding = ['-b:a', '128k', '-reservoir', '0', '-write_xing', '0', '-id3v2_version', '0'];
  return execFileSync(
    'ffmpeg',
    ['-v', 'error', ...inputs, '-filter_complex', graph, '-map', '[out]', ...encoding, '-f', 'mp3', '-'],
    { maxBuffer: 1 << 28 },
  );
}

interface Listener {
  readonly child: ChildProcessWithoutNullStreams;
  /** End of each printed segment and when it was printed, in seconds of `performance.now`. */
  readonly printed: { readonly endSeconds: number; readonly atSeconds: number }[];
}

function listen(temporary: string): Listener {
  const child = spawn(process.execPath, [CLI, 'timeline', '--format', 'jsonl', '-'], {
    env: { ...process.env, TMPDIR: temporary },
  });
  child.stderr.pipe(process.stderr);
  const printed: { endSeconds: number; atSeconds: number }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { endSeconds } = JSON.parse(line) as { readonly endSeconds: number };
    printed.push({ endSeconds, atSeconds: performance.now() / 1000 });
  });
  return { child, printed };
}

async function ended({ child }: Listener): Promise<void> {
  child.stdin.end();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`ecapa exited with ${code}`);
}

async function measureLatency(round: Buffer, seconds: number, folder: string): Promise<void> {
  const listener = listen(folder);
  await sleep(10_000); // the model is loaded
  const start = performance.now() / 1000;
  for (let sent = 0; sent < seconds * BYTES_PER_SECOND; sent += BYTES_PER_SECOND / 10) {
    const from = sent % round.length;
    listener.child.stdin.write(round.subarray(from, from + BYTES_PER_SECOND / 10));
    await sleep(1000 * (start + sent / BYTES_PER_SECOND + 0.1) - performance.now());
  }
  // Those of the end are final because it has ended.
  const latencies = listener.printed
    .map(({ endSeconds, atSeconds }) => atSeconds - start - endSeconds)
    .sort((a, b) => a - b);
  await ended(listener);
  const at = (share: number): string =>
    (latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(1);
  console.log(
    `${latencies.length} segments in ${seconds} s: printed ${at(0)} to ${at(1)} s after their end, half of them within ${at(0.5)} s`,
  );
}

async function measureMemory(round: Buffer, hours: number, folder: string): Promise<void> {
  const listener = listen(folder);
  const start = performance.now();
  let peakBytes = 0;
  let files = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, measure(listener.child.pid ?? 0).bytes);
    files = Math.max(files, readdirSync(folder).length);
  }, 250);
  for (let sent = 0; sent < 3600 * hours * BYTES_PER_SECOND; sent += round.length) {
    if (!listener.child.stdin.write(round)) await once(listener.child.stdin, 'drain');
  }
  await ended(listener);
  clearInterval(watch);
  const times = (3.6e6 * hours) / (performance.now() - start);
  console.log(
    `${hours} h: ${times.toFixed(0)}x real time, peak memory ${(peakBytes / MEGABYTE).toFixed(0)} MB, ${files} temporary files`,
  );
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, hours: { type: 'string', default: '2' } },
});
const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
try {
  const round = encodeRound();
  await measureLatency(round, Number(values.seconds), folder);
  await measureMemory(round, Number(values.hours), folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
