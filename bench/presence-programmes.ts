/**
 * How right tracks are: programmes with fades and overlaps, made here from clips of the caller's.
 *
 *   pnpm --filter @ecapa/bench presence-programmes -- --list clips.csv [--model ID] [--head ID] [--programmes 8]
 *     [--seconds 150] [--seed 1]
 *
 * The list is one of `ecapa train`: path, label and group. Each class comes and goes by itself: 4 to 20 s of clips of one
 * group, up to 10 dB under full level, with fades of half a second, then 4 to 20 s of nothing. Compares frames of 10 ms
 * with what is there (within 20 dB of its level, in a fade), and reports by how much ends are off. Prints Markdown. Figures
 * are meaningful only where the head has not been trained on these clips.
 */
import { parseArgs } from 'node:util';
import { Classifier } from '@ecapa/core';
import { type Tracks, wholeTimeline } from '@ecapa/core/timeline';
import { type Clip, embedFiles, findLabelledFiles } from '@ecapa/core/train';
import { randomSource } from './timeline-splices.js';

const { values: options } = parseArgs({
  options: {
    list: { type: 'string' },
    model: { type: 'string' },
    head: { type: 'string' },
    programmes: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '150' },
    clips: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
if (options.list === undefined) throw new TypeError('--list: name a list of clips (path, label, group)');
const RATE = 16_000;
const FRAME = 160;
const FADE_SECONDS = 0.5;
const random = randomSource(Number(options.seed));
const between = (low: number, high: number): number => low + (high - low) * random();

const classifier = await Classifier.open({
  ...(options.model === undefined ? {} : { model: options.model }),
  ...(options.head === undefined ? {} : { head: options.head }),
});
try {
  const { labels } = classifier.head;
  const files = (await findLabelledFiles(options.list))
    .map((file) => ({ file, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ file }) => file);
  const picked = labels.flatMap((label) =>
    files.filter((file) => file.label === label).slice(0, Number(options.clips)),
  );
  const { clips } = await embedFiles(picked, classifier, { withExcerpts: true });
  const counts = labels.map(() => ({ both: 0, truth: 0, found: 0 }));
  const late: number[] = [];
  const early: number[] = [];
  let segmentsRight = 0;
  let framesSounding = 0;
  for (let i = 0; i < Number(options.programmes); i++) {
    const { samples, truth } = programme(labels, clips, Number(options.seconds));
    const whole = await wholeTimeline(classifier, { samples, sampleRate: RATE });
    const tracks: Tracks = whole.tracks ?? {};
    for (const [k, label] of labels.entries()) {
      const found = framesOf(tracks[label] ?? [], samples.length / FRAME);
      const own = truth[k] ?? new Uint8Array(0);
      const count = counts[k];
      if (count === undefined) continue;
      for (let frame = 0; frame < own.length; frame++) {
        count.truth += own[frame] ?? 0;
        count.found += found[frame] ?? 0;
        count.both += (own[frame] ?? 0) * (found[frame] ?? 0);
      }
      measureEdges(own, tracks[label] ?? [], late, early);
    }
    for (const { label, startSeconds, endSeconds } of whole.segments) {
      const k = labels.indexOf(label);
      if (k < 0) continue;
      for (let frame = Math.round(startSeconds * 100); frame < Math.round(endSeconds * 100); frame++) {
        framesSounding++;
        segmentsRight += truth[k]?.[frame] ?? 0;
      }
    }
  }
  console.log(`${options.programmes} programmes of ${options.seconds} s from ${clips.length} clips.\n`);
  console.log('| class | share of time | precision | recall | F1 |\n|---|---|---|---|---|');
  const f1s = counts.map(({ both, truth, found }, k) => {
    const total = (Number(options.programmes) * Number(options.seconds) * RATE) / FRAME;
    const f1 = (2 * both) / (truth + found);
    console.log(
      `| ${labels[k]} | ${(truth / total).toFixed(2)} | ${(both / found).toFixed(3)} | ${(both / truth).toFixed(3)} | ${f1.toFixed(3)} |`,
    );
    return f1;
  });
  console.log(`\nFrame-wise macro F1 ${(f1s.reduce((sum, f1) => sum + f1, 0) / f1s.length).toFixed(3)}.`);
  console.log(
    `Segments name something that sounds in ${((100 * segmentsRight) / framesSounding).toFixed(1)} % of the time.`,
  );
  console.log(
    `Tracks begin ${median(late).toFixed(2)} s after the class does and end ${median(early).toFixed(2)} s before it does (medians of ${late.length} and ${early.length}).`,
  );
} finally {
  await classifier.close();
}

function programme(
  labels: readonly string[],
  clips: readonly Clip[],
  seconds: number,
): { samples: Float32Array; truth: Uint8Array[] } {
  const samples = new Float32Array(seconds * RATE);
  const truth = labels.map((label) => {
    const frames = new Uint8Array(samples.length / FRAME);
    let at = Math.round(between(0, 8) * RATE);
    while (at < samples.length) {
      const length = Math.min(Math.round(between(4, 20) * RATE), samples.length - at);
      if (length > 2 * RATE) lay(samples, frames, at, length, soundOf(label, clips, length));
      at += length + Math.round(between(4, 20) * RATE);
    }
    return frames;
  });
  return { samples, truth };
}

/** Clips of one group, one after the other, at a root mean square of 1. */
function soundOf(label: string, clips: readonly Clip[], length: number): Float32Array {
  const own = clips.filter((clip) => clip.label === label);
  const group = own[Math.floor(random() * own.length)]?.group;
  const pieces = own.filter((clip) => clip.group === group);
  const sound = new Float32Array(length);
  for (let at = 0; at < length; ) {
    const { excerpt = new Int16Array(1) } = pieces[Math.floor(random() * pieces.length)] ?? {};
    const level = Math.sqrt(excerpt.reduce((sum, x) => sum + x * x, 0) / excerpt.length) || 1;
    const piece = Float32Array.from(excerpt.subarray(0, length - at), (x) => x / level);
    sound.set(piece, at);
    at += Math.max(1, piece.length);
  }
  return sound;
}

function lay(
  samples: Float32Array,
  frames: Uint8Array,
  at: number,
  length: number,
  sound: Float32Array,
): void {
  const gain = 0.05 * 10 ** (-between(0, 10) / 20);
  const fade = FADE_SECONDS * RATE;
  for (let i = 0; i < length; i++) {
    const shape = Math.min(1, i / fade, (length - i) / fade);
    samples[at + i] = Math.max(-1, Math.min(1, (samples[at + i] ?? 0) + gain * shape * (sound[i] ?? 0)));
    if (shape >= 0.1) frames[Math.min(frames.length - 1, Math.floor((at + i) / FRAME))] = 1;
  }
}

function framesOf(spans: Tracks[string], count: number): Uint8Array {
  const frames = new Uint8Array(count);
  for (const { startSeconds, endSeconds } of spans ?? []) {
    frames.fill(1, Math.round(startSeconds * 100), Math.round(endSeconds * 100));
  }
  return frames;
}

/** Ends of the truth that a track has within a second and a half of them. */
function measureEdges(
  truth: Uint8Array,
  spans: NonNullable<Tracks[string]>,
  late: number[],
  early: number[],
): void {
  for (let frame = 1; frame < truth.length; frame++) {
    if (truth[frame] === truth[frame - 1]) continue;
    const seconds = frame / 100;
    const ends = spans.map(({ startSeconds, endSeconds }) =>
      truth[frame] === 1 ? startSeconds : endSeconds,
    );
    const nearest = ends.toSorted((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0];
    if (nearest === undefined || Math.abs(nearest - seconds) > 1.5) continue;
    if (truth[frame] === 1) late.push(nearest - seconds);
    else early.push(seconds - nearest);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
