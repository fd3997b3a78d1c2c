import { clock } from '../../clock.js';
import { escapeMarkup } from '../../escape.js';
import { fillIn } from '../../fill-in.js';
import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '../../types.js';
import { summarize } from '../segments.js';
import type { TimelineSketch } from '../sketch.js';
import { lanes, lanesHeight } from './picture-lanes.js';
import { oneLine, type TimelineReport } from './report.js';

/** Gives a text in the reader's language; `{0}`, `{1}`, … in it stand for the values. */
type Translate = (text: string, ...values: (string | number)[]) => string;

/** How a picture is worded. */
export interface PictureLanguage {
  /** BCP 47, for screen readers. Default `en`. */
  readonly language?: string;
  /** Default: English, as the texts are. */
  readonly translate?: Translate;
}

/**
 * Colours that people with any colour vision can distinguish (Okabe and Ito 2008, "Color universal design"); names
 * stand beside them, so that nothing hangs on colour alone.
 */
const OWN_COLOURS = new Map([
  ['speech', '#0072B2'],
  ['music', '#E69F00'],
  ['noise', '#009E73'],
  [SILENCE_LABEL, '#D9D9D9'],
  [UNKNOWN_LABEL, '#7F7F7F'],
  [GAP_LABEL, '#000000'],
]);
const OTHER_COLOURS = ['#CC79A7', '#D55E00', '#56B4E9', '#F0E442'];

const WIDTH = 1200;
const MARGIN = 60;
const PLOT = WIDTH - 2 * MARGIN;
const WAVE = { top: 70, height: 120 };
const BAND = { top: 205, height: 40 };
const LANES_TOP = 253;
const CURVES = { top: 260, height: 120 };
const HEIGHT = 440;

/**
 * A picture of a timeline as one self-contained SVG: envelope, coloured segments, a lane for each label that
 * shows where it can be heard (with tracks), probability curves, time axis,
 * legend with totals. It holds no script, no font and no reference to anything outside it.
 */
export function timelineToSvg(
  report: TimelineReport,
  sketch: TimelineSketch,
  { translate: t = fillIn }: PictureLanguage = {},
): string {
  const duration = Math.max(report.durationSeconds, 0.001);
  const x = (seconds: number): number =>
    MARGIN + (Math.min(Math.max(seconds - sketch.startSeconds, 0), duration) / duration) * PLOT;
  const colours = colourTable(report);
  const extra = lanesHeight(report);
  const height = HEIGHT + extra;
  const colourOf = (label: string): string => colours.get(label) ?? '#7F7F7F';
  const place = { top: LANES_TOP, left: MARGIN, width: PLOT };
  const totals = summarize(report.segments);
  const shares = Object.entries(totals.shareByLabel).sort(([, a], [, b]) => b - a);
  const summary = shares
    .map(([label, share]) => `${oneLine(label)} ${(100 * share).toFixed(1)} %`)
    .join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13" fill="#222">`,
    `<title id="title">${escaped(t('Timeline of {0}', report.file))}</title>`,
    `<desc id="desc">${escaped(`${summary}; ${t('{0} segments in {1}', report.segments.length, timeText(duration))}`)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN}" y="28" font-size="17">${escaped(report.file)}</text>`,
    `<text x="${MARGIN}" y="50">${timeText(duration)} · ${escaped(report.model)} · ${escaped(report.head)}</text>`,
    wave(sketch, x, t),
    ...bands(report, colours, x, t),
    ...lanes(report, place, x, { colourOf, escaped, timeText, t }),
    ...(extra === 0 ? [] : [`<g transform="translate(0 ${extra})">`]),
    ...curves(sketch, colours, x, t),
    ...axis(duration, sketch.startSeconds, x),
    ...legend(shares, colours),
    ...(extra === 0 ? [] : ['</g>']),
    '</svg>',
    '',
  ].join('\n');
}

function wave(sketch: TimelineSketch, x: (seconds: number) => number, t: Translate): string {
  const middle = WAVE.top + WAVE.height / 2;
  const at = (bin: number): string => x(sketch.startSeconds + bin * sketch.envelopeBinSeconds).toFixed(2);
  const upper: string[] = [];
  const lower: string[] = [];
  for (const [bin, peak] of sketch.envelope.entries()) {
    const reach = (peak * WAVE.height) / 2;
    upper.push(`${at(bin)},${(middle - reach).toFixed(1)}`);
    lower.push(`${at(bin)},${(middle + reach).toFixed(1)}`);
  }
  return `<polygon fill="#555" points="${[...upper, ...lower.reverse()].join(' ')}"><title>${escaped(t('Waveform'))}</title></polygon>`;
}

function bands(
  { segments }: TimelineReport,
  colours: ReadonlyMap<string, string>,
  x: (seconds: number) => number,
  t: Translate,
): string[] {
  return segments.map(({ label, startSeconds, endSeconds, probability }) => {
    const left = x(startSeconds);
    const width = Math.max(0.3, x(endSeconds) - left);
    const title = t(
      '{0} to {1}: {2} {3}',
      timeText(startSeconds),
      timeText(endSeconds),
      oneLine(label),
      percent(probability),
    );
    const rect = `<rect x="${left.toFixed(2)}" y="${BAND.top}" width="${width.toFixed(2)}" height="${BAND.height}" fill="${colours.get(label) ?? '#7F7F7F'}" stroke="#fff" stroke-width="0.5"><title>${escaped(title)}</title></rect>`;
    if (width < 8 * label.length + 8) return rect;
    const ink = label === SILENCE_LABEL || label === 'music' ? '#000' : '#fff';
    return `${rect}<text x="${(left + width / 2).toFixed(2)}" y="${BAND.top + 25}" text-anchor="middle" fill="${ink}">${escaped(oneLine(label))}</text>`;
  });
}

function curves(
  sketch: TimelineSketch,
  colours: ReadonlyMap<string, string>,
  x: (seconds: number) => number,
  t: Translate,
): string[] {
  const count = sketch.labels.length;
  const bins = count === 0 ? 0 : sketch.curves.length / count;
  const frame = `<rect x="${MARGIN}" y="${CURVES.top}" width="${PLOT}" height="${CURVES.height}" fill="none" stroke="#999"/>`;
  const point = (bin: number, probability: number): string => {
    const y = CURVES.top + CURVES.height * (1 - probability);
    return `${x(sketch.startSeconds + bin * sketch.curveBinSeconds).toFixed(2)},${y.toFixed(1)}`;
  };
  const lines = sketch.labels.flatMap((label, k) => {
    const dash = k % 3 === 1 ? ' stroke-dasharray="6 2"' : k % 3 === 2 ? ' stroke-dasharray="2 2"' : '';
    const probabilities = Array.from({ length: bins }, (_, bin) => sketch.curves[bin * count + k]);
    return runsOf(probabilities).map(({ firstBin, values }) => {
      const points = values.map((probability, i) => point(firstBin + i + 0.5, probability));
      // A line of one point would not be seen: it becomes as wide as its bin.
      const [only = 0] = values;
      const drawn = values.length > 1 ? points : [point(firstBin, only), point(firstBin + 1, only)];
      return `<polyline fill="none" stroke="${colours.get(label) ?? '#7F7F7F'}" stroke-width="1.5"${dash} points="${drawn.join(' ')}"><title>${escaped(t('Probability of {0}', oneLine(label)))}</title></polyline>`;
    });
  });
  return [
    frame,
    `<text x="${MARGIN - 6}" y="${CURVES.top + 10}" text-anchor="end">1</text>`,
    `<text x="${MARGIN - 6}" y="${CURVES.top + CURVES.height}" text-anchor="end">0</text>`,
    ...lines,
  ];
}

/** The stretches of bins that have a value: where there is none (silence, gaps) nothing was heard, and no line is drawn. */
function runsOf(values: readonly (number | undefined)[]): { firstBin: number; values: number[] }[] {
  const runs: { firstBin: number; values: number[] }[] = [];
  let isRunning = false;
  for (const [bin, value = Number.NaN] of values.entries()) {
    if (Number.isNaN(value)) {
      isRunning = false;
      continue;
    }
    if (!isRunning) runs.push({ firstBin: bin, values: [] });
    isRunning = true;
    runs.at(-1)?.values.push(value);
  }
  return runs;
}

function axis(duration: number, startSeconds: number, x: (seconds: number) => number): string[] {
  const steps = [
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
  ];
  const step = steps.find((seconds) => duration / seconds <= 12) ?? duration / 10;
  const y = CURVES.top + CURVES.height;
  const ticks: string[] = [];
  for (let at = 0; at <= duration + 1e-9; at += step) {
    const left = x(startSeconds + at).toFixed(2);
    ticks.push(
      `<path d="M${left} ${y}v5" stroke="#999"/><text x="${left}" y="${y + 19}" text-anchor="middle">${timeText(startSeconds + at)}</text>`,
    );
  }
  return ticks;
}

function legend(
  shares: readonly (readonly [string, number])[],
  colours: ReadonlyMap<string, string>,
): string[] {
  let left = MARGIN;
  return shares.map(([label, share]) => {
    const text = `${oneLine(label)} ${(100 * share).toFixed(1)} %`;
    const entry = `<rect x="${left}" y="${HEIGHT - 24}" width="14" height="14" fill="${colours.get(label) ?? '#7F7F7F'}"/><text x="${left + 20}" y="${HEIGHT - 12}">${escaped(text)}</text>`;
    left += 44 + 8 * text.length;
    return entry;
  });
}

function colourTable({ labels, segments }: TimelineReport): Map<string, string> {
  const table = new Map(OWN_COLOURS);
  for (const label of [...labels, ...segments.map((segment) => segment.label)]) {
    if (!table.has(label)) {
      table.set(label, OTHER_COLOURS[(table.size - OWN_COLOURS.size) % OTHER_COLOURS.length] ?? '#7F7F7F');
    }
  }
  return table;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** `1:02:03` or `2:03.4`: tenths only below an hour, and where there are any. */
export function timeText(seconds: number): string {
  return clock(seconds, seconds >= 3600 || Math.round(seconds * 10) % 10 === 0 ? 0 : 1);
}

export function escaped(text: string): string {
  return escapeMarkup(oneLine(text));
}
