import { clock, GAP_LABEL, UNKNOWN_LABEL } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { writeText } from './draw-text.js';
import { segmentsWithin } from './find.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';
import { ticks } from './ticks.js';
import { type View, xOf } from './viewport.js';

/** Where and how to draw. */
export interface Pencil {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

export function drawRuler({ context, width, height, theme }: Pencil, view: View): void {
  const { major, minor, decimals } = ticks(view, width);
  context.fillStyle = theme.faint;
  context.globalAlpha = 0.5;
  for (const seconds of minor) context.fillRect(Math.round(xOf(view, width, seconds)), height - 4, 1, 4);
  context.globalAlpha = 1;
  context.font = theme.font;
  context.textBaseline = 'middle';
  for (const seconds of major) {
    const x = Math.round(xOf(view, width, seconds));
    context.fillRect(x, height - 9, 1, 9);
    context.fillText(clock(seconds, decimals), x + 4, height / 2 - 2);
  }
}

/** The waveform, in the colour of what is heard; what is not analysed yet in grey. */
export function drawWaveform(pencil: Pencil, model: Model, view: View, gain = 0.94): void {
  const { context, width, height, theme } = pencil;
  const columns = model.peaks.columns(view.startSeconds, view.endSeconds, Math.max(1, Math.round(width)));
  const middle = height / 2;
  const drawColumns = (from: number, to: number, colour: string): void => {
    context.fillStyle = colour;
    context.beginPath();
    for (let x = Math.max(0, from); x < Math.min(to, columns.length / 2); x++) {
      const low = columns[2 * x] ?? Number.NaN;
      const high = columns[2 * x + 1] ?? Number.NaN;
      if (Number.isNaN(low)) continue;
      const top = middle - high * middle * gain;
      const bottom = middle - low * middle * gain;
      context.rect(x, top, 1, Math.max(1, bottom - top));
    }
    context.fill();
  };
  let drawn = 0;
  for (const segment of segmentsIn(model, view)) {
    const from = Math.round(xOf(view, width, segment.startSeconds));
    const to = Math.round(xOf(view, width, segment.endSeconds));
    if (from > drawn) drawColumns(drawn, from, theme.faint);
    if (to > drawn) drawColumns(Math.max(from, drawn), to, theme.labelColour(segment.label));
    drawn = Math.max(drawn, to);
  }
  context.globalAlpha = theme.isHighContrast ? 1 : 0.6;
  drawColumns(drawn, width, theme.faint);
  context.globalAlpha = theme.isHighContrast ? 1 : 0.4;
  context.fillStyle = theme.faint;
  context.fillRect(0, Math.round(middle), width, 1);
  context.globalAlpha = 1;
}

/** The lane of coloured segments with their labels. */
export function drawLane({ context, width, height, theme }: Pencil, model: Model, view: View): void {
  context.font = theme.font;
  context.textBaseline = 'middle';
  for (const segment of segmentsIn(model, view)) {
    const left = xOf(view, width, segment.startSeconds);
    const right = xOf(view, width, segment.endSeconds);
    const x = Math.max(-1, Math.round(left));
    // A line of background between neighbours, where there is room for one.
    const gap = right - left > 4 ? 1 : 0;
    const w = Math.max(1, Math.min(width + 2, Math.round(right)) - x - gap);
    context.fillStyle = theme.labelColour(segment.label);
    context.globalAlpha = segment.label === GAP_LABEL ? 0.35 : 1;
    context.fillRect(x, 0, w, height);
    context.globalAlpha = 1;
    if (segment.label === GAP_LABEL || segment.label === UNKNOWN_LABEL) hatch(context, x, w, height, theme);
    if (segment.correctedFrom !== undefined)
      markCorrected(context, { x, w, height }, theme.inkOn(segment.label));
    if (theme.isHighContrast && w > 3) {
      context.strokeStyle = theme.foreground;
      context.strokeRect(x + 0.5, 0.5, w - 1, height - 1);
    }
    writeLabel(context, segment, Math.max(x, 0), Math.min(x + w, width), height, theme);
  }
}

/** Labels of another source, in outline, so that nobody takes them for what is shown. */
export function drawComparison(
  { context, width, height, theme }: Pencil,
  labels: readonly { readonly startSeconds: number; readonly endSeconds: number; readonly label: string }[],
  view: View,
): void {
  context.font = theme.font;
  context.textBaseline = 'middle';
  for (const { startSeconds, endSeconds, label } of labels.slice(...segmentsWithin(labels, view))) {
    const x = Math.max(-2, Math.round(xOf(view, width, startSeconds)));
    const w = Math.max(1, Math.min(width + 4, Math.round(xOf(view, width, endSeconds))) - x - 1);
    context.fillStyle = theme.labelColour(label);
    context.globalAlpha = 0.25;
    context.fillRect(x, 2, w, height - 4);
    context.globalAlpha = 1;
    context.strokeStyle = theme.labelColour(label);
    context.strokeRect(x + 0.5, 2.5, w - 1, height - 5);
    writeText(context, label, Math.max(x, 0), Math.min(x + w, width), height / 2, theme.foreground);
  }
}

/** Probability of each label along time, each with a dash of its own besides its colour. */
export function drawCurves({ context, width, height, theme }: Pencil, model: Model, view: View): void {
  const pad = 5;
  const y = (probability: number): number => pad + (1 - probability) * (height - 2 * pad);
  context.fillStyle = theme.grid;
  for (const probability of [0, 0.5, 1]) {
    context.globalAlpha = probability === 0.5 ? 0.4 : 0.8;
    context.fillRect(0, Math.round(y(probability)), width, 1);
  }
  context.globalAlpha = 1;
  context.lineJoin = 'round';
  for (const [index, label] of model.headLabels.entries()) {
    context.strokeStyle = theme.labelColour(label);
    context.lineWidth = theme.isHighContrast ? 2 : 1.5;
    context.setLineDash(dashOf(index));
    for (const curve of model.curves.curves(index, view.startSeconds, view.endSeconds, width)) {
      context.beginPath();
      for (let i = 0; i < curve.x.length; i++) context.lineTo(curve.x[i] ?? 0, y(curve.y[i] ?? 0));
      if (curve.x.length === 1) context.lineTo((curve.x[0] ?? 0) + 1, y(curve.y[0] ?? 0));
      context.stroke();
    }
  }
  context.setLineDash([]);
}

/** Dashes by place among the head's labels; the legend shows the same. */
export function dashOf(index: number): number[] {
  return [[], [7, 3], [2, 2.5]][index % 3] ?? [];
}

function segmentsIn(model: Model, view: View): readonly TimelineSegment[] {
  return model.segments.slice(...segmentsWithin(model.segments, view));
}

function writeLabel(
  context: CanvasRenderingContext2D,
  { label }: TimelineSegment,
  left: number,
  right: number,
  height: number,
  theme: Theme,
): void {
  writeText(
    context,
    label,
    left,
    right,
    height / 2,
    label === GAP_LABEL ? theme.foreground : theme.inkOn(label),
  );
}

function hatch(context: CanvasRenderingContext2D, x: number, w: number, height: number, theme: Theme): void {
  context.strokeStyle = theme.foreground;
  context.globalAlpha = 0.25;
  context.beginPath();
  // Lines from the lower left to the upper right, which end at both edges: a clip would leave a state for each segment.
  for (let at = Math.floor((x - height) / 8) * 8; at < x + w; at += 8) {
    const [from, to] = [Math.max(at, x), Math.min(at + height, x + w)];
    if (from >= to) continue;
    context.moveTo(from, height - (from - at));
    context.lineTo(to, height - (to - at));
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A folded corner: a person was here. */
export function markCorrected(
  context: CanvasRenderingContext2D,
  { x, top = 0, w, height }: { x: number; top?: number; w: number; height: number },
  ink: string,
): void {
  context.fillStyle = ink;
  context.fillRect(x, top + height - 3, w, 3);
  if (w < 12) return;
  context.beginPath();
  context.moveTo(x + w - 9, top);
  context.lineTo(x + w, top);
  context.lineTo(x + w, top + 9);
  context.fill();
}
