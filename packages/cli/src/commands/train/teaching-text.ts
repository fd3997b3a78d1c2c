import type { Head } from '@ecapa/core';
import type { PresenceReport, Proportion, TeachingReport } from '@ecapa/core/train';
import { printable } from '../../terminal/printable.js';
import { percent, scoresText, table } from '../evaluate/scores-text.js';

/** Suspects shown; the JSON report has all. */
const MOST_SUSPECTS = 10;

/** What `ecapa train` reports about a new head, as text for a terminal. */
export function teachingText(head: Head, report: TeachingReport): string {
  const clips = report.classes.reduce((sum, one) => sum + one.clips, 0);
  const parts = [
    `Head "${printable(head.id)}" for model "${printable(head.modelId)}", trained on ${clips} clips.`,
    table(
      ['class', 'clips'],
      report.classes.map((one) => [one.label, String(one.clips)]),
    ).join('\n'),
    scoreSection(report),
    report.presence === undefined ? undefined : presenceSection(report.presence),
    report.suspects.length > 0 ? suspectSection(report) : undefined,
    report.warnings.length > 0
      ? `Mind:\n${report.warnings.map(({ message }) => `  ! ${printable(message)}`).join('\n')}`
      : undefined,
  ];
  return parts.filter((part) => part !== undefined).join('\n\n');
}

function scoreSection({ scores, split, C, choseC, temperature, uncalibratedError }: TeachingReport): string {
  if (scores === undefined) return 'No score: too few clips to leave one out.';
  const how =
    split.method === 'leave-one-out'
      ? `each of ${split.folds} recordings left out in turn`
      : `${split.folds} parts, each left out in turn`;
  const why = { given: 'as given', default: 'default', 'cross-validation': 'by cross-validation' }[choseC];
  return [
    `Score on clips the head had not heard (${how}):`,
    scoresText(scores),
    '',
    `C = ${Number(C.toPrecision(3))} (${why}); temperature ${temperature.toFixed(2)}` +
      (uncalibratedError === undefined
        ? ''
        : ` (calibration error without it ${uncalibratedError.toFixed(3)})`),
  ].join('\n');
}

function presenceSection(report: PresenceReport): string {
  const { scores, mixtures, exclusive, choseExclusive, inseparable } = report;
  const excluded = exclusive.map(([first, second]) => printable(`${first} and ${second}`)).join('; ');
  const why =
    choseExclusive === 'given' ? 'as given' : 'their mixtures cannot be distinguished from one of them alone';
  const note = exclusive.length === 0 ? [] : [`Never present at once: ${excluded} (${why}).`];
  if (exclusive.length === 0) {
    for (const [first, second] of inseparable) {
      const pair = printable(`${first},${second}`);
      note.push(
        `Mixtures of ${pair.replace(',', ' and ')} sound like one of them alone: add clips, or, if they are never heard at once: --exclusive ${pair}`,
      );
    }
  }
  if (scores === undefined) return ['Presence: too few clips to score it.', ...note].join('\n');
  const share = ({ count, total, low, high }: Proportion): string =>
    total === 0 ? 'no case' : `${count} of ${total} (${percent(low)} to ${percent(high)})`;
  return [
    `Presence, on ${mixtures} mixtures of clips that the head had not heard:`,
    `  macro F1 ${scores.macroF1.toFixed(3)} (${scores.macroF1Low.toFixed(3)} to ${scores.macroF1High.toFixed(3)}), mean average precision ${scores.meanAveragePrecision.toFixed(3)}`,
    ...table(
      ['class', 'in', 'precision', 'recall', 'F1'],
      scores.classes.map((one) => [
        printable(one.label),
        String(one.present),
        ...[one.precision, one.recall, one.f1].map((value) => (value === null ? '-' : percent(value))),
      ]),
    ).map((line) => `  ${line}`),
    `  one sound heard as that alone: ${share(scores.aloneHeardAlone)}`,
    ...scores.quieterHeard.map(
      ({ fromDb, toDb, heard }) => `  quieter sound heard, ${fromDb} to ${toDb} dB under: ${share(heard)}`,
    ),
    ...note,
  ].join('\n');
}

function suspectSection({ suspects }: TeachingReport): string {
  const shown = suspects
    .slice(0, MOST_SUSPECTS)
    .map(
      ({ path, label, looksLike, ownProbability, otherProbability }) =>
        `  ? ${printable(path)}: labelled "${printable(label)}" (${percent(ownProbability)}), sounds like "${printable(looksLike)}" (${percent(otherProbability)})`,
    );
  const rest = suspects.length - shown.length;
  return [
    'Most likely mislabelled; listen to them:',
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more (--json lists all)`] : []),
  ].join('\n');
}
