import { EcapaError, OUTPUT_VERSION, SILENCE_LABEL } from '@ecapa/core';
import { shownName } from '@ecapa/core/host';
import { type Explanation, explain } from '@ecapa/core/train';
import type { Command } from 'commander';
import { inputOf, nameOf } from '../inputs.js';
import { addModelOptions, type ModelOptions, openClassifier, parseCount } from '../model-options.js';
import { printEach } from '../print-each.js';
import { endMark, streamEnder } from '../streams.js';
import { interruptible } from '../terminal/interrupt.js';
import { jsonLine, printable } from '../terminal/printable.js';
import { percent } from './evaluate/scores-text.js';

interface ExplainOptions extends ModelOptions {
  readonly count: number;
  readonly json?: boolean;
}

export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('explain a verdict: show it with the training clips that sound most alike')
    .argument('<file...>', 'audio files, or - for standard input')
    .option('-n, --count <n>', 'nearest clips to show', parseCount, 5)
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Likeness is the cosine similarity of embeddings: 1 is the same sound, 0 is unrelated. The clips come from
the head file, which keeps their embeddings; the audio itself is not needed. Heads imported from elsewhere
keep no clips.

JSON, one object a line: {"file","label","probability","probabilities":{label: number},"model","head",
  "neighbours":[{"path","label","sha256","similarity"}],"nearestOfEach":[one per class]}
  and {"file","error":{"code","message"}} for a file that failed.

Exit code: 0 all explained, 1 some failed, 2 wrong usage.

Example:
  ecapa explain dawn.wav --head birds.json`,
    );
  addModelOptions(command).action((files: string[], options: ExplainOptions) =>
    interruptible((signal, ended) => explainFiles(files, options, signal, ended), streamEnder(files)),
  );
}

async function explainFiles(
  files: readonly string[],
  options: ExplainOptions,
  signal: AbortSignal,
  ended: AbortSignal,
): Promise<void> {
  const classifier = await openClassifier(options, 1);
  const { head } = classifier;
  const textOf = async (file: string, signal: AbortSignal): Promise<string> => {
    const name = nameOf(file);
    const input = inputOf(file, signal, { ended });
    const verdict = await classifier.classify(input, { signal, name, withEmbedding: true });
    if (verdict.embedding === undefined) throw noEmbedding(name, verdict.label);
    const embedding = { values: verdict.embedding, modelId: verdict.model };
    const explanation = explain(head, embedding, options.count);
    return options.json
      ? jsonLine({
          version: OUTPUT_VERSION,
          file: shownName(file),
          ...explanationJson(explanation),
          model: verdict.model,
          head: head.id,
          ...endMark(ended),
        })
      : explanationText(shownName(file), explanation);
  };
  try {
    await printEach(files, textOf, { json: options.json, signal });
  } finally {
    await classifier.close();
  }
}

function noEmbedding(name: string, label: string): EcapaError {
  return label === SILENCE_LABEL
    ? new EcapaError('NO_SAMPLES', `${name}: the recording is silent, there is nothing to explain.`, {
        file: name,
      })
    : new EcapaError(
        'TOO_LONG',
        `${name}: too long for one verdict, so there is none to explain. Cut out the part in question.`,
        { file: name },
      );
}

function explanationJson({ prediction, neighbours, nearestOfEach }: Explanation) {
  const { label, probability, labels, probabilities } = prediction;
  return {
    label,
    probability,
    probabilities: Object.fromEntries(labels.map((name, k) => [name, probabilities[k] ?? 0])),
    neighbours,
    nearestOfEach,
  };
}

function explanationText(file: string, { prediction, neighbours, nearestOfEach }: Explanation): string {
  const { labels, probabilities } = prediction;
  const order = labels
    .map((label, k) => ({ label, probability: probabilities[k] ?? 0 }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 5);
  const width = Math.max(...labels.map((label) => printable(label).length));
  const line = (clip: (typeof neighbours)[number]) =>
    `  ${clip.similarity.toFixed(3).padStart(6)}  ${printable(clip.label).padEnd(width)}  ${printable(clip.path)}`;
  return [
    `${printable(file)}: ${printable(prediction.label)} (${order.map(({ label, probability }) => `${printable(label)} ${percent(probability)}`).join(', ')})`,
    'most alike among the training clips (cosine similarity):',
    ...neighbours.map(line),
    'most alike of each class:',
    ...nearestOfEach.map(line),
    '',
  ].join('\n');
}
