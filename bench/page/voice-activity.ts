/**
 * Processor time of a timeline, speech, music and noise from decoded audio, beside Silero VAD, which tells speech from all
 * else, on the same audio and the same ONNX Runtime, one thread.
 */
import { decodeMono16k, loadHead } from '@ecapa/core';
import { openEmbedder } from '@ecapa/core/interop';
import { timelineOfBlocks } from '@ecapa/core/timeline';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { compare, processorSeconds, type Row, skipped } from './compare.js';
import { HEAD, MODEL, type Setting, sampleFiles } from './setting.js';

const AUDIO_SECONDS = 60;
const RATE_HZ = 16_000;
/** What Silero hears at a time, and what it is given again of the time before. */
const CHUNK_SAMPLES = 512;
const CONTEXT_SAMPLES = 64;

async function someAudio(): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  for (const file of sampleFiles()) {
    for await (const block of (await decodeMono16k(file)).blocks) blocks.push(block);
  }
  const once = Float32Array.from(blocks.flatMap((block) => [...block]));
  return Float32Array.from({ length: AUDIO_SECONDS * RATE_HZ }, (_, i) => once[i % once.length] ?? 0);
}

async function openSilero(path: string): Promise<(samples: Float32Array) => Promise<void>> {
  const session = await InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const sr = new Tensor('int64', BigInt64Array.of(BigInt(RATE_HZ)), []);
  return async (samples) => {
    let state = new Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
    const heard = new Float32Array(CONTEXT_SAMPLES + CHUNK_SAMPLES);
    for (let at = 0; at + CHUNK_SAMPLES <= samples.length; at += CHUNK_SAMPLES) {
      heard.copyWithin(0, CHUNK_SAMPLES);
      heard.set(samples.subarray(at, at + CHUNK_SAMPLES), CONTEXT_SAMPLES);
      const input = new Tensor('float32', heard, [1, heard.length]);
      const { stateN } = await session.run({ input, state, sr });
      if (stateN === undefined) throw new Error('Silero VAD: no "stateN"; another version of it?');
      state = stateN as typeof state;
    }
  };
}

export async function voiceActivity({ silero }: Setting): Promise<Row[]> {
  const what = 'a timeline of decoded audio, one thread';
  if (silero === undefined) return [skipped(what, 'no Silero VAD (--silero FILE or SILERO_VAD)')];
  const samples = await someAudio();
  const embedder = await openEmbedder(MODEL, { threads: 1 });
  const head = await loadHead(HEAD);
  const detect = await openSilero(silero);
  const analyse = async (): Promise<void> => {
    const blocks = async function* (): AsyncGenerator<Float32Array> {
      for (let at = 0; at < samples.length; at += RATE_HZ) yield samples.slice(at, at + RATE_HZ);
    };
    for await (const _ of timelineOfBlocks(embedder, head, blocks()));
  };
  await analyse();
  await detect(samples);
  const perHour = (seconds: number): string =>
    `${((3600 * seconds) / AUDIO_SECONDS).toFixed(1)} s an hour of audio`;
  const row = await compare({
    what,
    ours: () => processorSeconds(analyse),
    peer: () => processorSeconds(() => detect(samples)),
    oursIs: perHour,
    peerIs: (seconds) => `Silero VAD, ${perHour(seconds)}`,
  });
  await embedder.close();
  return [row];
}
