/**
 * WebAssembly beside the native library, on one thread with the embedded model: processor time until the first embedding
 * of a fresh process, processor time per second of audio once warm, and peak memory. In turns, each in a process of its
 * own, so that both meet the same moods of the machine; ratios are medians over the rounds.
 * Run: pnpm --filter @ecapa/bench runtimes
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { locateModel, type RuntimeName } from '@ecapa/core';
import { openEmbedder } from '@ecapa/core/interop';

const ROUNDS = 3;
const MODEL = await locateModel();
const CLIP_SECONDS = 3;
/** V8 compiles the hot functions again, faster, while they run: seconds of audio until that is over. */
const WARM_UP_SECONDS = 150;
const MEASURED_SECONDS = 60;

interface Figures {
  readonly firstCpuSeconds: number;
  readonly cpuPerSecond: number;
  readonly peakMib: number;
}

async function measure(runtime: RuntimeName): Promise<Figures> {
  const clip = Float32Array.from({ length: CLIP_SECONDS * 16_000 }, (_, i) => 0.1 * Math.sin(i * i * 1e-5));
  const embedder = await openEmbedder(MODEL, { runtime });
  await embedder.embed(clip);
  const firstCpuSeconds = cpuSeconds();
  for (let heard = 0; heard < WARM_UP_SECONDS; heard += CLIP_SECONDS) await embedder.embed(clip);
  const before = cpuSeconds();
  for (let heard = 0; heard < MEASURED_SECONDS; heard += CLIP_SECONDS) await embedder.embed(clip);
  const cpuPerSecond = (cpuSeconds() - before) / MEASURED_SECONDS;
  await embedder.close();
  return { firstCpuSeconds, cpuPerSecond, peakMib: process.resourceUsage().maxRSS / 1024 };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function inProcess(runtime: RuntimeName): Figures {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), runtime];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const [only] = process.argv.slice(2);
if (only === 'native' || only === 'wasm') {
  process.stdout.write(JSON.stringify(await measure(only)));
} else {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    native: inProcess('native'),
    wasm: inProcess('wasm'),
  }));
  for (const [what, field, unit] of [
    ['processor time until the first embedding', 'firstCpuSeconds', 's'],
    ['processor time per second of audio', 'cpuPerSecond', 's'],
    ['peak memory', 'peakMib', 'MiB'],
  ] as const) {
    const of = (runtime: RuntimeName): number => median(rounds.map((round) => round[runtime][field]));
    const ratios = rounds.map(({ native, wasm }) => wasm[field] / native[field]);
    console.log(
      `${what}: native ${of('native').toPrecision(3)} ${unit}, wasm ${of('wasm').toPrecision(3)} ${unit}, ratio ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
    );
  }
}
