import type { Head, TeachingReport } from '@ecapa/core';
import { printable } from '../../terminal/printable.js';
import { percent, scoresText, table } from '../evaluate/scores-text.js';

/** Suspects shown; the JSON report has all. */
const MOST_SUSPECTS = 10;

/** What `ecapa train` says of a new head, as text for a terminal. */
export function teachingText(head: Head, report: TeachingReport): string {
  const clips = report.classes.reduce((sum, one) => sum + one.clips, 0);
  const parts = [
    `Head "${head.id}" for model "${head.modelId}", trained on ${clips} clips.`,
    table(
      ['class', 'clips'],
      report.classes.map((one) => [one.label, String(one.clips)]),
    ).join('\n'),
    scoreSection(report),
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
