/**
 * How much a verdict changes with what must not matter: prints a table, for docs/robustness.md.
 *
 *   npx tsx bench/robustness.ts [FOLDER]      clips of up to 10 s; the repository's own samples otherwise
 *
 * Each clip is decoded, cut to 3 s pieces, changed and stored as 16-bit PCM, as a recorder would store it; rows that end in
 * "not rounded" leave that out on both sides. Of each change: the largest and the mean difference that it makes to the
 * probability of any class, and verdicts that flip.
 * Codecs need an ffmpeg program.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Classifier, decodeMono16k, findAudioFiles } from '@ecapa/core';

const RATE_HZ = 16_000;
const PIECE_SAMPLES = 3 * RATE_HZ;
const folder = process.argv[2] ?? fileURLToPath(new URL('../test/fixtures/samples/', import.meta.url));

type Change = (samples: Float32Array) => Float32Array;

const silence = new Float32Array(RATE_HZ / 2);
const CHANGES: Readonly<Record<string, Change>> = {
  'level -20 dB': (samples) => samples.map((sample) => sample / 10),
  'level -20 dB, not rounded': (samples) => samples.map((sample) => sample / 10),
  'level -6 dB': (samples) => samples.map((sample) => sample / 2),
  'offset 0.1': (samples) => samples.map((sample) => sample + 0.1),
  'offset -0.02': (samples) => samples.map((sample) => sample - 0.02),
  '0.5 s of silence before': (samples) => joined(silence, samples),
  '0.5 s of silence behind': (samples) => joined(samples, silence),
  'all of these': (samples) => joined(silence, samples, silence).map((sample) => sample / 10 + 0.05),
  'all of these, not rounded': (samples) =>
    joined(silence, samples, silence).map((sample) => sample / 10 + 0.05),
  'u-law, 8 kHz': (samples) => coded(samples, 'wav', ['-ar', '8000', '-c:a', 'pcm_mulaw']),
  'AAC, 96 kbit/s': (samples) => coded(samples, 'm4a', ['-c:a', 'aac', '-b:a', '96k']),
  'MP3, 64 kbit/s': (samples) => coded(samples, 'mp3', ['-c:a', 'libmp3lame', '-b:a', '64k']),
};

function joined(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** As a recorder stores it; clipping what is beyond full scale. */
function stored(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  );
}

function coded(samples: Float32Array, extension: string, codec: readonly string[]): Float32Array {
  const directory = mkdtempSync(join(tmpdir(), 'ecapa-robust-'));
  try {
    const [raw, file] = [join(directory, 'a.s16'), join(directory, `a.${extension}`)];
    writeFileSync(raw, stored(samples));
    const pcm = ['-f', 's16le', '-ar', String(RATE_HZ), '-ac', '1'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...pcm, '-i', raw, ...codec, file]);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', file, ...pcm, raw]);
    const bytes = readFileSync(raw);
    return Float32Array.from(
      new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
      (x) => x / 32_768,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function piecesOf(path: string): Promise<Float32Array[]> {
  const { blocks } = await decodeMono16k(path);
  const parts: Float32Array[] = [];
  for await (const block of blocks) parts.push(block);
  const whole = joined(...parts);
  const count = Math.min(3, Math.max(1, Math.floor(whole.length / PIECE_SAMPLES)));
  // Room for what is added: clipping would be a change of its own.
  const peak = whole.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const roomy = whole.map((sample) => (sample * Math.min(0.8, peak)) / (peak || 1));
  return Array.from({ length: count }, (_, i) => roomy.slice(i * PIECE_SAMPLES, (i + 1) * PIECE_SAMPLES));
}

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const classifier = await Classifier.open({ workers: 1 });
try {
  const files = (await findAudioFiles([folder])).flatMap((file) => ('error' in file ? [] : [file.path]));
  const pieces = (await Promise.all(files.map(piecesOf))).flat();
  const verdictOn = (samples: Float32Array, isRounded = true) =>
    classifier.classify({ samples: isRounded ? stored(samples) : samples, sampleRate: RATE_HZ });
  console.log(`${pieces.length} pieces of ${files.length} clips, model ${classifier.model.id}\n`);
  console.log('| change | largest | mean | verdicts that flip |\n| --- | --- | --- | --- |');
  const plainOnes = {
    rounded: await Promise.all(pieces.map((samples) => verdictOn(samples))),
    exact: await Promise.all(pieces.map((samples) => verdictOn(samples, false))),
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    if (/kbit|kHz/.test(name) && !hasFfmpeg) {
      console.log(`| ${name} | skipped: there is no ffmpeg program | | |`);
      continue;
    }
    const isRounded = !name.endsWith('not rounded');
    const plain = isRounded ? plainOnes.rounded : plainOnes.exact;
    const changed = await Promise.all(pieces.map((samples) => verdictOn(change(samples), isRounded)));
    const differences = changed.map(({ probabilities }, i) =>
      Math.max(
        ...Object.entries(probabilities).map(([label, p]) =>
          Math.abs(p - (plain[i]?.probabilities[label] ?? 0)),
        ),
      ),
    );
    const flips = changed.filter(({ label }, i) => label !== plain[i]?.label).length;
    const mean = differences.reduce((sum, x) => sum + x, 0) / differences.length;
    console.log(`| ${name} | ${Math.max(...differences).toFixed(3)} | ${mean.toFixed(4)} | ${flips} |`);
  }
} finally {
  await classifier.close();
}
