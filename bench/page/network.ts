/**
 * Processor time of one embedding, on one thread: SpeechBrain-size and compact network, in float32 and with products of
 * integers, 10 s of audio, from waveform to embedding. PyTorch runs the same network layer by layer as SpeechBrain does (peer_ecapa.py).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Embedder, ecapaWeightsFromStateDict, openEmbedder, writeEcapaModel } from '@ecapa/core/interop';
import {
  COMPACT_SHAPE,
  type EcapaShape,
  randomStateDict,
  VOXCELEB_SHAPE,
} from '../../packages/core/test/model/random-weights.js';
import { compare, median, processorSeconds, type Row, skipped } from './compare.js';
import { lackOfPyTorch, type Setting } from './setting.js';

const CLIP_SECONDS = 10;
const RUNS = 5;
const ROUNDS = 3;
const PEER = fileURLToPath(new URL('peer_ecapa.py', import.meta.url));

/** Median processor seconds per second of audio. */
async function ours(embedder: Embedder): Promise<number> {
  const samples = Float32Array.from(
    { length: CLIP_SECONDS * 16_000 },
    (_, i) => 0.1 * Math.sin(i * i * 1e-5),
  );
  const costs: number[] = [];
  for (let i = 0; i < RUNS + 2; i++) costs.push(await processorSeconds(() => embedder.embed(samples)));
  return median(costs.slice(2)) / CLIP_SECONDS;
}

/** The same of PyTorch. Throws why not. */
function peer(python: string, { channels }: EcapaShape): number {
  const { status, stdout, stderr, error } = spawnSync(
    python,
    [PEER, String(channels[0]), String(channels.at(-1)), String(CLIP_SECONDS), String(RUNS)],
    { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } },
  );
  if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1));
  return Number(stdout);
}

export async function network({ folder, python }: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, shape] of [
    ['SpeechBrain-size network', VOXCELEB_SHAPE],
    ['compact network', COMPACT_SHAPE],
  ] as const) {
    const what = `${name}, 10 s of audio, one thread`;
    const lack = lackOfPyTorch(python);
    if (lack !== undefined) {
      rows.push(skipped(what, lack));
      continue;
    }
    for (const quantize of ['none', 'int8'] as const) {
      const embedder = await openEmbedder(await randomModel(shape, quantize, folder), { threads: 1 });
      const perSecond = (seconds: number): string => `${(1000 * seconds).toFixed(2)} ms per second of audio`;
      rows.push(
        await compare({
          what: quantize === 'none' ? what : `${what}, with integers (\`--quantize int8\`)`,
          ours: () => ours(embedder),
          peer: () => peer(python, shape),
          oursIs: perSecond,
          peerIs: (seconds) => `PyTorch, float32, ${perSecond(seconds)}`,
          rounds: ROUNDS,
        }),
      );
      await embedder.close();
    }
  }
  return rows;
}

async function randomModel(shape: EcapaShape, quantize: 'none' | 'int8', folder: string): Promise<string> {
  const directory = join(folder, `${shape.channels[0]}-${quantize}`);
  const weights = ecapaWeightsFromStateDict(randomStateDict(shape, 1));
  const description = { id: 'random', licence: 'none', source: 'random weights' };
  await writeEcapaModel({ directory, weights, ...description, quantize });
  return directory;
}
