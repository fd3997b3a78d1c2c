import type { Proportion, ReliabilityBin, RiskCoveragePoint } from '../heads/evaluate/scores.js';
import type { ReportText } from './report-text.js';

const SIZE = 260;
const MARGIN = 44;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Winning probability against the share that was right, as inline SVG; the area of a dot grows with its clips. */
export function reliabilityPlot(bins: readonly ReliabilityBin[], text: ReportText): string {
  const most = Math.max(1, ...bins.map(({ clips }) => clips));
  const dots = bins
    .filter(({ clips }) => clips > 0)
    .map(({ meanProbability, accuracy, clips }) => {
      const radius = (3 + 7 * Math.sqrt(clips / most)).toFixed(1);
      const title = text.t(
        '{0} clips: predicted {1}, right {2}',
        clips,
        text.percent(meanProbability),
        text.percent(accuracy),
      );
      return `<circle class="mark" cx="${x(meanProbability)}" cy="${y(accuracy)}" r="${radius}"><title>${title}</title></circle>`;
    });
  const diagonal = `<line class="ideal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>`;
  const axes = { across: text.t('winning probability'), up: text.t('share right'), top: 1 };
  return plot(text.t('Reliability'), axes, [diagonal, ...dots], text);
}

/** Share of clips answered against the share of wrong answers among them, as inline SVG. */
export function riskCoveragePlot(points: readonly RiskCoveragePoint[], text: ReportText): string {
  const top = Math.min(1, Math.max(0.1, ...points.map(({ risk }) => risk)) * 1.1);
  const corners = points.map(({ coverage, risk }) => `${x(coverage)},${y(risk / top)}`);
  const line = `<polyline class="line" points="${corners.join(' ')}"/>`;
  const dots = points.map(({ coverage, risk, threshold }) => {
    const title = text.t(
      'answering {0} (probability {1} or more): {2} wrong',
      text.percent(coverage),
      text.number(threshold),
      text.percent(risk),
    );
    return `<circle class="dot" cx="${x(coverage)}" cy="${y(risk / top)}" r="2.5"><title>${title}</title></circle>`;
  });
  const axes = { across: text.t('share answered, surest first'), up: text.t('share wrong'), top };
  return plot(text.t('Risk and coverage'), axes, [line, ...dots], text);
}

/** A share on a line from 0 to 1 with the interval around it, as inline SVG. */
export function intervalBar({ share, low, high }: Proportion, text: ReportText): string {
  const title = text.t('95 % interval {0} to {1}', text.percent(low), text.percent(high));
  const at = (value: number): string => (value * 1000).toFixed(0);
  return (
    `<svg class="interval" role="img" aria-label="${title}" viewBox="-8 0 1016 16" preserveAspectRatio="none">` +
    `<rect class="track" x="0" y="6" width="1000" height="4" rx="2"/>` +
    `<rect class="reach" x="${at(low)}" y="2" width="${at(high - low)}" height="12" rx="3"/>` +
    `<rect class="point" x="${(share * 1000 - 4).toFixed(0)}" y="0" width="8" height="16" rx="2"/></svg>`
  );
}

/** A share as a small bar beside its number. */
export function shareBar(share: number | null, kind: 'value' | 'wrong' = 'value'): string {
  const width = Math.round(100 * (share ?? 0));
  return (
    `<svg class="bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">` +
    `<rect class="track" width="100" height="10" rx="3"/><rect class="${kind}" width="${width}" height="10" rx="3"/></svg>`
  );
}

interface Axes {
  readonly across: string;
  readonly up: string;
  /** What the upper end of the upward axis stands for. */
  readonly top: number;
}

function plot(name: string, { across, up, top }: Axes, marks: readonly string[], text: ReportText): string {
  const grid = TICKS.map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" y1="${y(0)}" x2="${x(tick)}" y2="${y(1)}"/>` +
      `<line class="grid" x1="${x(0)}" y1="${y(tick)}" x2="${x(1)}" y2="${y(tick)}"/>` +
      `<text x="${x(tick)}" y="${y(0) + 16}" text-anchor="middle">${text.percent(tick)}</text>` +
      `<text x="${x(0) - 6}" y="${y(tick) + 4}" text-anchor="end">${text.percent(tick * top)}</text>`,
  );
  const width = SIZE + 2 * MARGIN;
  const labels =
    `<text class="title" x="${MARGIN}" y="20">${name}</text>` +
    `<text x="${MARGIN + SIZE / 2}" y="${y(0) + 34}" text-anchor="middle">${across}</text>` +
    `<text x="${MARGIN}" y="36">${up}</text>`;
  return `<svg role="img" aria-label="${name}" viewBox="0 0 ${width} ${width}">${grid.join('')}${labels}${marks.join('')}</svg>`;
}

function x(share: number): number {
  return Number((MARGIN + share * SIZE).toFixed(1));
}

function y(share: number): number {
  return Number((MARGIN + (1 - share) * SIZE).toFixed(1));
}
