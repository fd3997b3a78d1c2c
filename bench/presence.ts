/**
 * How well a head hears several things at once: mixtures of known content, from clips of sources it has not met.
 *
 *   pnpm --filter @ecapa/bench presence -- --fold FOLDER... [--corpus ../shared/corpus] [--each 6] [--seconds 8] [--seed 1]
 *
 * FOLDER is a fold as `models/recipe` writes it (`export/fold_export.py`, or `evaluate/shipped_presence.py --folds` for the
 * shipped network on sources it has not heard); several are pooled. Every class alone, and every class over every other
 * by 0, 5, 10 and 15 dB. Prints Markdown.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Head, predict } from '@ecapa/core';
import type { Embedder } from '@ecapa/core/interop';
import { type HeldOut, loadClips, loadFold, loadFoldHead, readHeldOut } from './held-out-fold.js';
import { LEVELS_DB, makeMixtures } from './presence-mixtures.js';
import {
  averagePrecision,
  calibrationError,
  f1,
  type Heard,
  interval,
  macroF1,
  mean,
  noSecondClass,
  quieterHeard,
  type Share,
  wilson,
} from './presence-scores.js';
import { randomSource, type SourceClip } from './timeline-splices.js';

const { values: options } = parseArgs({
  options: {
    fold: { type: 'string', multiple: true },
    corpus: { type: 'string', default: '../shared/corpus' },
    each: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
});

interface Measured {
  readonly labels: readonly string[];
  readonly heard: readonly Heard[];
  readonly clips: readonly SourceClip[];
}

async function measureFold(fold: string, seed: number): Promise<Measured> {
  const heldOut = await readHeldOut(fold);
  const directory = await mkdtemp(join(tmpdir(), 'ecapa-fold-'));
  try {
    const embedder = await loadFold(fold, directory, Number(options.threads));
    try {
      const head = await loadFoldHead(fold, embedder.model.id, embedder.model.dimension);
      return await measure(embedder, head, heldOut, seed);
    } finally {
      await embedder.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(embedder: Embedder, head: Head, heldOut: HeldOut, seed: number): Promise<Measured> {
  if (head.presence === undefined) throw new Error(`head "${head.id}" has no presence readout`);
  const clips = await loadClips(options.corpus, heldOut.clips);
  const heard: Heard[] = [];
  const random = randomSource(seed);
  for (const mixture of makeMixtures(clips, Number(options.each), Number(options.seconds), random)) {
    const { presence } = predict(head, await embedder.embed(mixture.samples));
    const probabilities = Object.fromEntries(head.labels.map((label, k) => [label, presence?.[k] ?? 0]));
    heard.push({
      present: mixture.present,
      probabilities,
      ...(mixture.underDb !== undefined && { underDb: mixture.underDb }),
    });
  }
  return { labels: head.labels, heard, clips };
}

function report(measured: readonly Measured[]): void {
  const heard = measured.flatMap((one) => one.heard);
  const labels = measured[0]?.labels ?? [];
  const sources = new Set(measured.flatMap(({ clips }) => clips.map((clip) => clip.source))).size;
  const [low, high] = interval(heard, (drawn) => macroF1(drawn, labels), randomSource(99));
  print(
    `${heard.length} mixtures of ${options.seconds} s from clips of ${sources} sources. Seed ${options.seed}.\n`,
  );
  print('| figure | value |');
  print('| --- | ---: |');
  print(`| macro F1 at 0.5 | ${number(macroF1(heard, labels))} (${number(low)} to ${number(high)}) |`);
  for (const label of labels) print(`| F1 ${label} | ${number(f1(heard, label))} |`);
  print(
    `| mean average precision | ${number(mean(labels.map((label) => averagePrecision(heard, label))))} |`,
  );
  for (const level of LEVELS_DB)
    print(`| quieter class heard, ${level} dB under | ${share(quieterHeard(heard, level))} |`);
  print(`| one class alone: no second one called | ${share(noSecondClass(heard, labels))} |`);
  for (const label of labels)
    print(`| calibration error ${label} | ${number(calibrationError(heard, label))} |`);
}

function share(of: Share): string {
  const [low, high] = wilson(of);
  return `${number(of.hits / of.count)} (${of.hits} of ${of.count}; ${number(low)} to ${number(high)})`;
}

function number(value: number): string {
  return value.toFixed(3);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const seed = Number(options.seed);
if (options.fold !== undefined) {
  const measured: Measured[] = [];
  for (const [index, fold] of options.fold.entries()) measured.push(await measureFold(fold, seed + index));
  report(measured);
} else {
  process.stderr.write('presence: name folders of folds with --fold\n');
  process.exitCode = 2;
}
