import { textWidth, writeText } from './draw-text.js';
import { markCorrected, type Pencil } from './draw-tracks.js';
import { segmentsWithin } from './find.js';
import type { Model } from './model.js';
import { type View, xOf } from './viewport.js';

/** A lane is so high, whatever there is room for. */
export const LANE_PIXELS = 18;
/** Between a lane's edges and what is in it. */
const PAD = 2;

/** Where each label can be heard, a lane below the other, each with its name. */
export function drawLanes({ context, width, theme }: Pencil, model: Model, view: View): void {
  context.font = theme.font;
  context.textBaseline = 'middle';
  for (const [place, label] of model.lanes.labels.entries()) {
    const top = place * LANE_PIXELS;
    const colour = theme.labelColour(label);
    const isChosen = label === model.lane;
    context.fillStyle = colour;
    context.globalAlpha = isChosen ? 0.22 : 0.08;
    context.fillRect(0, top, width, LANE_PIXELS - 1);
    context.globalAlpha = 1;
    const spans = model.lanes.spans(label);
    for (const { startSeconds, endSeconds, isCorrected } of spans.slice(...segmentsWithin(spans, view))) {
      const x = Math.max(-1, Math.round(xOf(view, width, startSeconds)));
      const w = Math.max(1, Math.min(width + 2, Math.round(xOf(view, width, endSeconds))) - x);
      const height = LANE_PIXELS - 1 - 2 * PAD;
      context.fillStyle = colour;
      context.fillRect(x, top + PAD, w, height);
      if (isCorrected) markCorrected(context, { x, top: top + PAD, w, height }, theme.inkOn(label));
      if (theme.isHighContrast && w > 3) {
        context.strokeStyle = theme.foreground;
        context.strokeRect(x + 0.5, top + PAD + 0.5, w - 1, height - 1);
      }
    }
    if (isChosen) {
      context.strokeStyle = theme.focus;
      context.strokeRect(0.5, top + 0.5, width - 1, LANE_PIXELS - 2);
      context.fillStyle = theme.focus;
      context.fillRect(0, top, 4, LANE_PIXELS - 1);
    }
    drawName({ context, width, height: LANE_PIXELS, theme }, label, top);
  }
}

/** The lane's name on a ground of the theme: what is behind it would make it hard to read. */
function drawName({ context, width, height, theme }: Pencil, label: string, top: number): void {
  const room = Math.min(width / 3, 140);
  const shownWidth = Math.min(textWidth(context, label), room - 10);
  context.fillStyle = theme.background;
  context.globalAlpha = theme.isHighContrast ? 1 : 0.8;
  context.fillRect(6, top + PAD + 1, shownWidth + 6, height - 2 * PAD - 3);
  context.globalAlpha = 1;
  const right = 4 + Math.max(shownWidth + 12, 0);
  writeText(context, label, 4, right, top + (height - 1) / 2, theme.foreground);
}
