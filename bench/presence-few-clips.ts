/**
 * How well presence is detected: mixtures with known sounds, made here from clips of the caller's.
 *
 *   pnpm --filter @ecapa/bench presence-few-clips -- --list clips.csv [--model ID] [--head ID] [--mixtures 450] [--draws 20]
 *     [--shots 5] [--seed 1]
 *
 * The list is one of `ecapa train`: path, label and group, the group being the clip's source. Sources are dealt into two
 * halves. The model's own head is scored on mixtures of the second half, which is meaningful only where those sources
 * were not in its training. The few-clip experiment draws `--shots` clips of each class from the first half, each of
 * another source, learns presence from them as `ecapa train` does and is scored on the same mixtures, `--draws` times.
 * Prints Markdown.
 */
import { parseArgs } from 'node:util';
import { Classifier, type PresenceReadout, predictPresence } from '@ecapa/core';
import {
  type Clip,
  embedFiles,
  embedMixtures,
  findLabelledFiles,
  type LabelledFile,
  type PresenceScores,
  planMixtures,
  scorePresence,
  teachHead,
} from '@ecapa/core/train';
import { randomSource } from './timeline-splices.js';

const { values: options } = parseArgs({
  options: {
    list: { type: 'string' },
    model: { type: 'string' },
    head: { type: 'string' },
    mixtures: { type: 'string', default: '450' },
    draws: { type: 'string', default: '20' },
    shots: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    /** At most so many clips of each source and class are read: sources differ in size by a hundred times. */
    'per-source': { type: 'string', default: '4' },
  },
});
if (options.list === undefined) throw new TypeError('--list: name a list of clips (path, label, group)');
const random = randomSource(Number(options.seed));

const classifier = await Classifier.open({
  ...(options.model === undefined ? {} : { model: options.model }),
  ...(options.head === undefined ? {} : { head: options.head }),
});
try {
  const { labels } = classifier.head;
  const files = pickPerSource(await findLabelledFiles(options.list), Number(options['per-source']));
  const [first, second] = halves(files);
  const test = (await embedFiles(second, classifier, { withExcerpts: true })).clips;
  const mixtures = planMixtures(
    test.map(({ label }) => label),
    { count: Number(options.mixtures) },
  );
  const embedded = await embedMixtures(mixtures, excerptsOf(test), classifier);
  const sources = new Set(second.map(({ group }) => group)).size;
  console.log(
    `${mixtures.length} mixtures of ${test.length} clips of ${sources} sources, 1.5 to 3 s, the quieter sounds 0 to 15 dB under.\n`,
  );
  const scoresOf = (readout: PresenceReadout, names: readonly string[]): PresenceScores =>
    scorePresence(
      labels,
      embedded.map(({ parts, embedding }) => {
        const own = predictPresence(readout, embedding);
        return {
          sounds: parts.map(({ clip, levelDb }) => ({ clip, levelDb, label: test[clip]?.label ?? '' })),
          presence: labels.map((label) => own[names.indexOf(label)]),
        };
      }),
    );
  if (classifier.head.presence !== undefined) {
    console.log(`Head ${classifier.head.id}:\n`);
    printScores(scoresOf(classifier.head.presence, labels));
  }
  await fewClips(first, scoresOf);
} finally {
  await classifier.close();
}

async function fewClips(
  pool: readonly LabelledFile[],
  scoresOf: (readout: PresenceReadout, names: readonly string[]) => PresenceScores,
): Promise<void> {
  const drawn: { readonly scores: PresenceScores; readonly seconds: number; readonly expected: number }[] =
    [];
  for (let draw = 0; draw < Number(options.draws); draw++) {
    const files = drawClips(pool, Number(options.shots));
    const started = performance.now();
    const { clips } = await embedFiles(files, classifier, { withExcerpts: true });
    const planned = planMixtures(clips.map(({ label }) => label));
    const learnt = await embedMixtures(planned, excerptsOf(clips), classifier);
    const { head, report } = await teachHead(clips, {
      id: 'few',
      modelId: classifier.model.id,
      mixtures: learnt,
    });
    if (head.presence === undefined) throw new TypeError('no presence was learnt');
    drawn.push({
      scores: scoresOf(head.presence, head.labels),
      seconds: (performance.now() - started) / 1000,
      expected: report.presence?.scores?.macroF1 ?? Number.NaN,
    });
    process.stderr.write(
      `draw ${draw + 1}: macro F1 ${drawn.at(-1)?.scores.macroF1.toFixed(3)}, its report ${drawn.at(-1)?.expected.toFixed(3)}, exclusive ${JSON.stringify(head.presence.exclusive)}\n`,
    );
  }
  if (drawn.length === 0) return;
  const column = (of: (one: (typeof drawn)[number]) => number): string => {
    const values = drawn.map(of).sort((a, b) => a - b);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return `${mean.toFixed(3)} (${values[0]?.toFixed(3)} to ${values.at(-1)?.toFixed(3)})`;
  };
  console.log(`\n${options.shots} clips a class, ${drawn.length} draws, mean (range):\n`);
  console.log('| | |\n|---|---|');
  console.log(`| macro F1 | ${column(({ scores }) => scores.macroF1)} |`);
  console.log(`| macro F1, as the training's own report had it | ${column(({ expected }) => expected)} |`);
  console.log(`| mean average precision | ${column(({ scores }) => scores.meanAveragePrecision)} |`);
  console.log(`| alone heard alone | ${column(({ scores }) => scores.aloneHeardAlone.share)} |`);
  for (const [i, band] of (drawn[0]?.scores.quieterHeard ?? []).entries()) {
    console.log(
      `| quieter heard, ${band.fromDb} to ${band.toDb} dB under | ${column(({ scores }) => scores.quieterHeard[i]?.heard.share ?? Number.NaN)} |`,
    );
  }
  console.log(`| seconds of training | ${column(({ seconds }) => seconds)} |`);
}

function printScores(scores: PresenceScores): void {
  console.log(
    '| class | in | precision | recall | F1 | average precision | calibration error |\n|---|---|---|---|---|---|---|',
  );
  for (const one of scores.classes) {
    const cells = [one.precision, one.recall, one.f1, one.averagePrecision, one.calibrationError].map(
      (value) => value?.toFixed(3) ?? '–',
    );
    console.log(`| ${one.label} | ${one.present} | ${cells.join(' | ')} |`);
  }
  const { macroF1, macroF1Low, macroF1High, meanAveragePrecision, aloneHeardAlone, quieterHeard } = scores;
  console.log(
    `\nMacro F1 ${macroF1.toFixed(3)} (${macroF1Low.toFixed(3)} to ${macroF1High.toFixed(3)}), mean average precision ${meanAveragePrecision.toFixed(3)}.`,
  );
  console.log(`Alone heard alone: ${aloneHeardAlone.count} of ${aloneHeardAlone.total}.`);
  for (const { fromDb, toDb, heard } of quieterHeard) {
    console.log(
      `Quieter sound heard, ${fromDb} to ${toDb} dB under: ${heard.count} of ${heard.total} (${heard.share.toFixed(3)}).`,
    );
  }
}

function excerptsOf(clips: readonly Clip[]): Int16Array[] {
  return clips.map(({ excerpt }) => excerpt ?? new Int16Array(0));
}

function pickPerSource(files: readonly LabelledFile[], most: number): LabelledFile[] {
  const counts = new Map<string, number>();
  return shuffled(files).filter(({ group, label }) => {
    const key = `${group} ${label}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return (counts.get(key) ?? 0) <= most;
  });
}

/** Whole sources to either side. */
function halves(files: readonly LabelledFile[]): [LabelledFile[], LabelledFile[]] {
  const sources = shuffled([...new Set(files.map(({ group, name }) => group ?? name))]);
  const inFirst = new Set(sources.slice(0, sources.length >> 1));
  const isFirst = ({ group, name }: LabelledFile): boolean => inFirst.has(group ?? name);
  return [files.filter(isFirst), files.filter((file) => !isFirst(file))];
}

/** So many clips of each class, each of another source as long as there are others. */
function drawClips(pool: readonly LabelledFile[], shots: number): LabelledFile[] {
  const labels = [...new Set(pool.map(({ label }) => label))].sort();
  return labels.flatMap((label) => {
    const sources = new Set<string>();
    return shuffled(pool.filter((file) => file.label === label))
      .filter(({ group, name }) => {
        const source = group ?? name;
        const isNew = !sources.has(source);
        sources.add(source);
        return isNew;
      })
      .slice(0, shots);
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
