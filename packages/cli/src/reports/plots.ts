import type { ReliabilityBin, RiskCoveragePoint } from '@ecapa/core';

const SIZE = 260;
const MARGIN = 44;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Winning probability against the share that was right, as inline SVG; the area of a dot grows with its clips. */
export function reliabilityPlot(bins: readonly ReliabilityBin[]): string {
  const most = Math.max(1, ...bins.map(({ clips }) => clips));
  const dots = bins
    .filter(({ clips }) => clips > 0)
    .map(({ meanProbability, accuracy, clips }) => {
      const radius = (3 + 7 * Math.sqrt(clips / most)).toFixed(1);
      const title = `<title>${clips} clips: said ${show(meanProbability)}, right ${show(accuracy)}</title>`;
      return `<circle class="mark" cx="${x(meanProbability)}" cy="${y(accuracy)}" r="${radius}">${title}</circle>`;
    });
  const diagonal = `<line class="ideal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>`;
  return plot('Reliability', 'winning probability', 'share right', 1, [diagonal, ...dots]);
}

/** Share of clips answered against the share of wrong answers among them, as inline SVG. */
export function riskCoveragePlot(points: readonly RiskCoveragePoint[]): string {
  const top = Math.min(1, Math.max(0.1, ...points.map(({ risk }) => risk)) * 1.1);
  const corners = points.map(({ coverage, risk }) => `${x(coverage)},${y(risk / top)}`);
  const line = `<polyline class="line" points="${corners.join(' ')}"/>`;
  const dots = points.map(({ coverage, risk, threshold }) => {
    const title = `<title>answering ${show(coverage)} (probability ${threshold.toFixed(3)} or more): ${show(risk)} wrong</title>`;
    return `<circle class="dot" cx="${x(coverage)}" cy="${y(risk / top)}" r="2.5">${title}</circle>`;
  });
  return plot('Risk and coverage', 'share answered, surest first', 'share wrong', top, [line, ...dots]);
}

function plot(name: string, across: string, up: string, top: number, marks: readonly string[]): string {
  const grid = TICKS.map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" y1="${y(0)}" x2="${x(tick)}" y2="${y(1)}"/>` +
      `<line class="grid" x1="${x(0)}" y1="${y(tick)}" x2="${x(1)}" y2="${y(tick)}"/>` +
      `<text x="${x(tick)}" y="${y(0) + 16}" text-anchor="middle">${show(tick)}</text>` +
      `<text x="${x(0) - 6}" y="${y(tick) + 4}" text-anchor="end">${show(tick * top)}</text>`,
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

function show(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
