/**
 * Processor time of one embedding, on one thread: SpeechBrain-size and compact network, in float32 and with products of
 * integers, 10 s of audio, from waveform to embedding. PyTorch runs the same network layer by layer as SpeechBrain does (peer_ecapa.py), in turns with
 * ours, so that both meet the same moods of the machine.
 * Run: pnpm --filter @ecapa/bench embedding    (PYTHON names a Python with PyTorch)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ecapaWeightsFromStateDict, openEmbedder, writeEcapaModel } from '@ecapa/core/interop';
import {
  COMPACT_SHAPE,
  type EcapaShape,
  randomStateDict,
  VOXCELEB_SHAPE,
} from '../packages/core/test/model/random-weights.js';

const CLIP_SECONDS = 10;
const RUNS = 10;
const ROUNDS = 5;
const PEER = fileURLToPath(new URL('peer_ecapa.py', import.meta.url));

const ARITHMETIC = ['none', 'int8'] as const;

async function writeModels(name: string, shape: EcapaShape, folder: string): Promise<void> {
  const weights = ecapaWeightsFromStateDict(randomStateDict(shape, 1));
  for (const quantize of ARITHMETIC) {
    const directory = join(folder, name, quantize);
    await writeEcapaModel({ directory, weights, id: name, licence: 'none', source: 'random', quantize });
  }
}

/** Median processor seconds per second of audio. */
async function ours(directory: string): Promise<number> {
  const embedder = await openEmbedder(directory, { threads: 1 });
  const samples = Float32Array.from(
    { length: CLIP_SECONDS * 16_000 },
    (_, i) => 0.1 * Math.sin(i * i * 1e-5),
  );
  for (let i = 0; i < 3; i++) await embedder.embed(samples);
  const costs: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    await embedder.embed(samples);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1e6 / CLIP_SECONDS);
  }
  await embedder.close();
  return median(costs);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function ratios(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${values.map((value) => value.toFixed(2)).join(' ')})`;
}

/** The same of PyTorch, or why not. */
function peer({ channels }: EcapaShape): number | string {
  const { status, stdout, stderr } = spawnSync(
    process.env.PYTHON ?? 'python3',
    [PEER, String(channels[0]), String(channels.at(-1)), String(CLIP_SECONDS), String(RUNS)],
    { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } },
  );
  return status === 0 ? Number(stdout) : `skipped: ${stderr.trim().split('\n').at(-1) ?? 'no python3'}`;
}

const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
try {
  for (const [name, shape] of [
    ['speechbrain-size', VOXCELEB_SHAPE],
    ['compact', COMPACT_SHAPE],
  ] as const) {
    await writeModels(name, shape, folder);
    const rounds: { readonly none: number; readonly int8: number; readonly theirs: number | string }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        none: await ours(join(folder, name, 'none')),
        int8: await ours(join(folder, name, 'int8')),
        theirs: peer(shape),
      });
    }
    const [reason] = rounds.map(({ theirs }) => theirs).filter((theirs) => typeof theirs === 'string');
    const theirs = rounds.map((round) => Number(round.theirs));
    for (const quantize of ARITHMETIC) {
      const mine = median(rounds.map((round) => round[quantize]));
      const toTheirs = rounds.map((round, index) => round[quantize] / (theirs[index] ?? Number.NaN));
      const toFloat = rounds.map((round) => round[quantize] / round.none);
      const own = quantize === 'none' ? '' : `${ratios(toFloat)} of float32; `;
      const comparison = reason ?? `PyTorch ${median(theirs).toFixed(4)} s; ${ratios(toTheirs)} of PyTorch`;
      console.log(
        `${name}, ${quantize}: ${mine.toFixed(4)} s of processor per second of audio (${(1 / mine).toFixed(0)}x real time); ${own}${comparison}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
