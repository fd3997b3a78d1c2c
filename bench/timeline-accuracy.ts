/**
 * How right a timeline is: splices clips with known boundaries and compares.
 *
 *   pnpm --filter @ecapa/bench timeline-accuracy -- --fold FOLDER [--corpus ../shared/corpus] [--splices 12] [--seed 1] [--hop SECONDS] [--grid]
 *
 * FOLDER holds a fold's checkpoint, head and list of held-out clips, as `models/recipe/export/fold_export.py` writes
 * them: neither the network nor the head has met the sources that the clips come from. Prints Markdown.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Head } from '@ecapa/core';
import type { Embedder } from '@ecapa/core/interop';
import { type TimelineOptions, timelineOfBlocks } from '@ecapa/core/timeline';
import { loadClips, loadFold, loadFoldHead, readHeldOut } from './held-out-fold.js';
import { accuracyInterval, type FoundSegment, figures, type Scores, score } from './timeline-scores.js';
import { makeSplice, RATE_HZ, randomSource, type SourceClip, type Splice } from './timeline-splices.js';

const OVERLAPS_DB = [20, 10, 5, 0];
const WINDOWS_SECONDS = [1, 1.5, 2, 3];
const HOPS_SECONDS = [0.25, 0.5, 0.75, 1];

const { values: options } = parseArgs({
  options: {
    fold: { type: 'string' },
    corpus: { type: 'string', default: '../shared/corpus' },
    splices: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    grid: { type: 'boolean', default: false },
    hop: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});

/** Of the timelines whose accuracy is printed; the grid has its own. */
const settings: TimelineOptions = options.hop === undefined ? {} : { hopSeconds: Number(options.hop) };

async function main(fold: string): Promise<void> {
  const heldOut = await readHeldOut(fold);
  const clips = await loadClips(options.corpus, heldOut.clips);
  const sources = new Set(clips.map((clip) => `${clip.label} ${clip.source}`)).size;
  const directory = await mkdtemp(join(tmpdir(), 'ecapa-fold-'));
  try {
    const embedder = await loadFold(fold, directory, Number(options.threads));
    const head = await loadFoldHead(fold, embedder.model.id, embedder.model.dimension);
    const count = Number(options.splices);
    const clean = makeSplices(clips, count, Number(options.seed));
    const hours = clean.reduce((sum, splice) => sum + splice.samples.length, 0) / RATE_HZ / 3600;
    print(
      `Fold ${heldOut.fold}: ${clips.length} held-out clips of ${sources} source-class pairs; ${count} recordings, ${clean.reduce((sum, splice) => sum + splice.segments.length, 0)} segments, ${hours.toFixed(2)} h. Seed ${options.seed}.\n`,
    );
    const base = await scoreAll(embedder, head, clean, settings);
    const [low, high] = accuracyInterval(base, randomSource(99));
    print(
      `Clean splices${options.hop === undefined ? '' : `, hop ${options.hop} s`}: frame accuracy ${number(figures(base).frameAccuracy)} (95 % interval over recordings ${number(low)} to ${number(high)}).\n`,
    );
    print(
      '| material | frame accuracy | either class | silent | segment F1 | median boundary error, s | within 0.5 s | segments per true one | presence recall | presence precision |',
    );
    print('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
    row('clean', base);
    for (const decibels of OVERLAPS_DB) {
      const mixed = makeSplices(clips, Math.ceil(count / 2), Number(options.seed) + decibels + 100, decibels);
      row(`${decibels} dB over another class`, await scoreAll(embedder, head, mixed, settings));
    }
    if (options.grid) await printGrid(embedder, head, clean);
    await embedder.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function printGrid(embedder: Embedder, head: Head, clean: readonly Splice[]): Promise<void> {
  print(
    '\n| window, s | hop, s | windows per second of audio x window | frame accuracy | segment F1 | median boundary error, s | segments per true one |',
  );
  print('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const windowSeconds of WINDOWS_SECONDS) {
    for (const hopSeconds of HOPS_SECONDS) {
      const result = figures(await scoreAll(embedder, head, clean, { windowSeconds, hopSeconds }));
      print(
        `| ${windowSeconds} | ${hopSeconds} | ${(windowSeconds / hopSeconds).toFixed(1)} | ${number(result.frameAccuracy)} | ${number(result.segmentF1)} | ${number(result.medianBoundarySeconds)} | ${number(result.segmentsPerTrueSegment)} |`,
      );
    }
  }
}

function row(name: string, scores: readonly Scores[]): void {
  const f = figures(scores);
  const cells = [
    f.frameAccuracy,
    f.audibleAccuracy,
    f.silentShare,
    f.segmentF1,
    f.medianBoundarySeconds,
    f.boundariesWithinHalfSecond,
    f.segmentsPerTrueSegment,
    f.presenceRecall,
    f.presencePrecision,
  ];
  print(`| ${name} | ${cells.map(number).join(' | ')} |`);
}

async function scoreAll(
  embedder: Embedder,
  head: Head,
  splices: readonly Splice[],
  timeline: TimelineOptions,
): Promise<Scores[]> {
  const scores: Scores[] = [];
  for (const splice of splices) {
    const found: FoundSegment[] = [];
    for await (const event of timelineOfBlocks(embedder, head, secondsOf(splice.samples), timeline)) {
      if (event.type === 'segment') found.push(event.segment);
    }
    scores.push(score(splice.segments, found, head.labels));
  }
  return scores;
}

async function* secondsOf(samples: Float32Array): AsyncGenerator<Float32Array> {
  for (let from = 0; from < samples.length; from += RATE_HZ) yield samples.subarray(from, from + RATE_HZ);
}

function makeSplices(
  clips: readonly SourceClip[],
  count: number,
  seed: number,
  overlapDb?: number,
): Splice[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () =>
    makeSplice(
      clips,
      {
        segments: 15,
        shortestSeconds: 3,
        longestSeconds: 30,
        ...(overlapDb === undefined ? {} : { overlapDb }),
      },
      random,
    ),
  );
}

function number(value: number): string {
  return value.toFixed(3);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (options.fold === undefined) {
  process.stderr.write('timeline-accuracy: name the folder of a fold with --fold\n');
  process.exitCode = 2;
} else await main(options.fold);
