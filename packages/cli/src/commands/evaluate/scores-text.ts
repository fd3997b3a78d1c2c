import type { Proportion, Scores } from '@ecapa/core/train';
import { printable } from '../../terminal/printable.js';

/** 86.7 %. */
export function percent(share: number | null): string {
  return share === null || Number.isNaN(share) ? '-' : `${(share * 100).toFixed(1)} %`;
}

/** "13 of 15 = 86.7 %  (95 % interval: 62.1 % to 96.3 %)". */
export function proportionText({ count, total, share, low, high }: Proportion): string {
  return `${count} of ${total} = ${percent(share)}  (95 % interval: ${percent(low)} to ${percent(high)})`;
}

/** Accuracy, calibration, scores of each class and confusion, as lines for a terminal. */
export function scoresText(scores: Scores): string {
  const { accuracy, calibrationError, logLoss, areaUnderRiskCoverage, accepted, acceptedAccuracy } = scores;
  const lines = [
    `accuracy           ${proportionText(accuracy)}`,
    `calibration error  ${calibrationError.toFixed(3)}    log loss ${logLoss.toFixed(3)}    area under risk-coverage ${areaUnderRiskCoverage.toFixed(3)}`,
    ...(accepted && acceptedAccuracy
      ? [
          `not "unknown"      ${proportionText(accepted)}`,
          `  of these right   ${proportionText(acceptedAccuracy)}`,
        ]
      : []),
    '',
    ...table(
      ['class', 'clips', 'precision', 'recall', 'F1'],
      scores.classes.map(({ label, clips, precision, recall, f1 }) => [
        label,
        String(clips),
        percent(precision),
        percent(recall),
        percent(f1),
      ]),
    ),
    '',
    'confusion (rows: true class, columns: verdict)',
    ...table(
      ['', ...scores.labels],
      scores.confusion.map((row, k) => [scores.labels[k] ?? '', ...row.map(String)]),
    ),
  ];
  return lines.join('\n');
}

/** Columns as wide as they need to be; the first to the left, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}
