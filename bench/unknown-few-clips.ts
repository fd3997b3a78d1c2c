/**
 * What "say unknown" costs and gives with few clips: heads of a few classes each, tested on other clips of these classes
 * and on sounds of none of them.
 *
 *   pnpm --filter @ecapa/bench unknown-few-clips -- --list clips.csv [--model ID] [--draws 20] [--classes 3] [--shots 5]
 *     [--keep 0.95,0.8] [--seed 1]
 *
 * The list is one of `ecapa train`: path, label and group, the group being the recording that a clip comes from. Each draw
 * takes `--classes` labels and `--shots` clips of each, all of different groups, trains a head with each rule, and tests
 * it on the clips of the other groups: those of the drawn labels should be named, those of all other labels `unknown`.
 * Prints Markdown; intervals are the range over the draws.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Classifier, cacheDirectory, predict } from '@ecapa/core';
import {
  type Clip,
  EmbeddingCache,
  embedFiles,
  findLabelledFiles,
  type TeachOptions,
  teachHead,
} from '@ecapa/core/train';
import { randomSource } from './timeline-splices.js';

type Rule = Required<Pick<TeachOptions, 'reject' | 'keep'>>;

const { values: options } = parseArgs({
  options: {
    list: { type: 'string' },
    model: { type: 'string' },
    draws: { type: 'string', default: '20' },
    classes: { type: 'string', default: '3' },
    shots: { type: 'string', default: '5' },
    /** Shares of clips like the trained ones that a rule lets pass. */
    keep: { type: 'string', default: '0.95' },
    seed: { type: 'string', default: '1' },
  },
});
if (options.list === undefined) throw new TypeError('--list: name a list of clips (path, label, group)');
const random = randomSource(Number(options.seed));
const shots = Number(options.shots);
const RULES: readonly Rule[] = [
  { reject: 'none', keep: 0.95 },
  ...options.keep
    .split(',')
    .map(Number)
    .flatMap((keep): Rule[] => [
      { reject: 'probability', keep },
      { reject: 'distance', keep },
    ]),
];

interface Shares {
  readonly right: number;
  readonly refused: number;
  readonly foreignRefused: number;
}

const classifier = await Classifier.open(options.model === undefined ? {} : { model: options.model });
try {
  const files = await findLabelledFiles(options.list);
  const cache = new EmbeddingCache(join(cacheDirectory(), 'embeddings'), classifier.model);
  const { clips } = await embedFiles(files, classifier, { cache });
  const groupsOf = (label: string): string[] => [
    ...new Set(clips.flatMap((clip) => (clip.label === label ? (clip.group ?? clip.path) : []))),
  ];
  const labels = [...new Set(clips.map(({ label }) => label))];
  // As many groups again as are trained on: otherwise hardly any is left to test with.
  const drawable = labels.filter((label) => groupsOf(label).length >= 2 * shots);
  const drawn = RULES.map((rule) => ({ rule, shares: [] as Shares[] }));
  for (let draw = 0; draw < Number(options.draws); draw++) {
    const own = shuffled(drawable).slice(0, Number(options.classes));
    const trained = new Set(own.flatMap((label) => shuffled(groupsOf(label)).slice(0, shots)));
    const training = onePerGroup(
      clips.filter((clip) => own.includes(clip.label) && trained.has(groupOf(clip))),
    );
    const test = clips.filter((clip) => !trained.has(groupOf(clip)));
    for (const { rule, shares } of drawn) shares.push(await tested(training, test, own, rule));
  }
  console.log(
    `${clips.length} clips of ${labels.length} kinds; ${options.draws} draws of ${options.classes} from ${drawable.length} kinds, ${shots} clips each.\n`,
  );
  console.log(
    '| say unknown | own sounds named right | own sounds called unknown | other sounds called unknown |',
  );
  console.log('|---|---|---|---|');
  for (const { rule, shares } of drawn) {
    const column = (of: (one: Shares) => number): string => {
      const values = shares.map(of).sort((a, b) => a - b);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return `${percent(mean)} (${percent(values[0])} to ${percent(values.at(-1))})`;
    };
    console.log(
      `| ${rule.reject === 'none' ? 'never' : `${rule.reject}, keep ${rule.keep}`} | ${column(({ right }) => right)} | ${column(({ refused }) => refused)} | ${column(({ foreignRefused }) => foreignRefused)} |`,
    );
  }
} finally {
  await classifier.close();
}

async function tested(
  training: readonly Clip[],
  test: readonly Clip[],
  own: readonly string[],
  rule: Rule,
): Promise<Shares> {
  const { id: modelId } = classifier.model;
  const { head } = await teachHead(training, { id: 'few', modelId, ...rule });
  const said = test.map(({ label, embedding: values }) => ({
    label,
    verdict: predict(head, { modelId, values }).label,
  }));
  // Each class counts the same, however many clips are left of it.
  const perClass = own.map((label) => said.filter((one) => one.label === label));
  return {
    right: mean(perClass.map((all) => share(all, ({ label, verdict }) => verdict === label))),
    refused: mean(perClass.map((all) => share(all, ({ verdict }) => verdict === 'unknown'))),
    foreignRefused: share(
      said.filter(({ label }) => !own.includes(label)),
      ({ verdict }) => verdict === 'unknown',
    ),
  };
}

function groupOf(clip: Clip): string {
  return clip.group ?? clip.path;
}

function onePerGroup(clips: readonly Clip[]): Clip[] {
  return [...new Map(shuffled(clips).map((clip) => [groupOf(clip), clip])).values()];
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [result[i], result[j]];
    if (a !== undefined && b !== undefined) [result[i], result[j]] = [b, a];
  }
  return result;
}

function share<Item>(items: readonly Item[], isSo: (item: Item) => boolean): number {
  return items.filter(isSo).length / Math.max(1, items.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function percent(value = Number.NaN): string {
  return `${(100 * value).toFixed(1)} %`;
}
