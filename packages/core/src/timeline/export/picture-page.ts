import { fillIn } from '../../fill-in.js';
import type { TimelineSketch } from '../sketch.js';
import { layersOf } from './layers.js';
import { escaped, type PictureLanguage, percent, timelineToSvg, timeText } from './picture.js';
import type { TimelineReport } from './report.js';

type Translate = NonNullable<PictureLanguage['translate']>;

/** The picture in a page of its own, with the segments as a table for screen readers and for searching. */
export function timelineToHtml(
  report: TimelineReport,
  sketch: TimelineSketch,
  wording: PictureLanguage = {},
): string {
  const { language = 'en', translate: t = fillIn } = wording;
  const rows = report.segments.map((segment) => {
    const cells = [
      timeText(segment.startSeconds),
      timeText(segment.endSeconds),
      segment.label,
      percent(segment.probability),
      segment.runnerUp === undefined
        ? ''
        : `${segment.runnerUp.label} ${percent(segment.runnerUp.probability)}`,
      Object.entries(segment.presence)
        .filter(([, share]) => share > 0)
        .map(([label, share]) => `${label} ${percent(share)}`)
        .join(', '),
    ];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return [
    '<!DOCTYPE html>',
    `<html lang="${escaped(language)}">`,
    '<head>',
    '<meta charset="utf-8"/>',
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>`,
    `<title>${escaped(t('Timeline of {0}', report.file))}</title>`,
    '<style>body{font-family:sans-serif;max-width:1200px;margin:1rem auto;padding:0 1rem;color:#222;background:#fff}svg{width:100%;height:auto}table{border-collapse:collapse}th,td{padding:.2rem .8rem .2rem 0;text-align:left;font-variant-numeric:tabular-nums}</style>',
    '</head>',
    '<body>',
    timelineToSvg(report, sketch, wording).trimEnd(),
    '<table>',
    `<caption>${escaped(t('Segments'))}</caption>`,
    headOf(t, ['Start', 'End', 'Label', 'Probability', 'Runner-up', 'Present (share of time)']),
    '<tbody>',
    ...rows,
    '</tbody>',
    '</table>',
    ...heardTable(report, t),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function headOf(t: Translate, names: readonly string[]): string {
  const cells = names.map((name) => `<th scope="col">${escaped(t(name))}</th>`);
  return `<thead><tr>${cells.join('')}</tr></thead>`;
}

function heardTable(report: TimelineReport, t: Translate): string[] {
  if (report.tracks === undefined) return [];
  const rows = layersOf(report).map(({ startSeconds, endSeconds, label, probability }) => {
    const cells = [timeText(startSeconds), timeText(endSeconds), label, percent(probability)];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return [
    '<table>',
    `<caption>${escaped(t('What can be heard, overlaps included'))}</caption>`,
    headOf(t, ['Start', 'End', 'Label', 'Probability']),
    '<tbody>',
    ...rows,
    '</tbody>',
    '</table>',
  ];
}
