import { type FrequencyScale, frequencyShare, HIGHEST_DB, LOWEST_DB } from '@ecapa/core/page';
import { textWidth } from './draw-text.js';
import type { Pencil } from './draw-tracks.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';
import { type View, xOf } from './viewport.js';

type Colour = readonly [red: number, green: number, blue: number];

/** From quiet to loud, at even steps: after matplotlib's "inferno", which is even to the eye also without colours. */
const DARK: readonly Colour[] = [
  [0, 0, 4],
  [66, 10, 104],
  [147, 38, 103],
  [221, 81, 58],
  [252, 165, 10],
  [252, 255, 164],
];
const LIGHT: readonly Colour[] = [
  [255, 255, 255],
  [199, 219, 239],
  [107, 174, 214],
  [33, 113, 181],
  [8, 48, 107],
  [0, 10, 40],
];
const GREY: readonly Colour[] = [
  [0, 0, 0],
  [255, 255, 255],
];
/** Quieter and louder than these have the colours of the ends. */
const SHOWN_DB: readonly [number, number] = [-85, -10];
const MARKS_HZ: Readonly<Record<FrequencyScale, readonly number[]>> = {
  mel: [250, 500, 1000, 2000, 4000],
  linear: [1000, 2000, 3000, 4000, 5000, 6000, 7000],
};

const maps = new Map<readonly Colour[], Uint32Array>();

/** The colour of each of the 256 values, as canvases hold pixels. */
export function spectrumColours(theme: Theme): Uint32Array {
  const stops = theme.isHighContrast && !theme.isLight ? GREY : theme.isLight ? LIGHT : DARK;
  let colours = maps.get(stops);
  if (colours === undefined) {
    colours = Uint32Array.from({ length: 256 }, (_, value) => {
      const decibels = LOWEST_DB + (value / 255) * (HIGHEST_DB - LOWEST_DB);
      return pixel(colourAt(stops, (decibels - SHOWN_DB[0]) / (SHOWN_DB[1] - SHOWN_DB[0])));
    });
    maps.set(stops, colours);
  }
  return colours;
}

function colourAt(stops: readonly Colour[], share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = stops[Math.floor(at)] ?? [0, 0, 0];
  const high = stops[Math.min(stops.length - 1, Math.floor(at) + 1)] ?? low;
  const mix = (i: 0 | 1 | 2): number => Math.round(low[i] + (high[i] - low[i]) * (at % 1));
  return [mix(0), mix(1), mix(2)];
}

/** Canvases keep red, green, blue and alpha in this order in memory; numbers have their low byte first. */
function pixel([red, green, blue]: Colour): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** With marks at some frequencies and a scale of loudness. */
export function drawSpectrum({ context, width, height, theme }: Pencil, model: Model, view: View): void {
  const colours = spectrumColours(theme);
  const parts = model.spectrum.parts(view.startSeconds, view.endSeconds, width, colours);
  context.imageSmoothingEnabled = true;
  for (const { picture, frames, startSeconds, endSeconds } of parts) {
    const x = xOf(view, width, startSeconds);
    const w = xOf(view, width, endSeconds) - x;
    context.drawImage(picture, 0, 0, frames, picture.height, x, 0, w, height);
  }
  context.font = theme.font;
  context.textBaseline = 'middle';
  let below = height + 6;
  const { scale } = model.spectrum;
  for (const hertz of MARKS_HZ[scale]) {
    const y = height * (1 - frequencyShare(scale, hertz));
    if (y < 8 || below - y < 14) continue; // no room for its words
    below = y;
    context.fillStyle = theme.grid;
    context.globalAlpha = 0.5;
    context.fillRect(0, Math.round(y), 6, 1);
    context.globalAlpha = 1;
    label(context, hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, 8, y, theme);
  }
  drawScale(context, width, theme);
}

function drawScale(context: CanvasRenderingContext2D, width: number, theme: Theme): void {
  const [left, right] = [`${SHOWN_DB[0]}`, `${SHOWN_DB[1]} dB`];
  const end = width - 12 - textWidth(context, right);
  const stops = theme.isHighContrast && !theme.isLight ? GREY : theme.isLight ? LIGHT : DARK;
  const gradient = context.createLinearGradient(end - 84, 0, end - 4, 0);
  for (let i = 0; i <= 8; i++) gradient.addColorStop(i / 8, `rgb(${colourAt(stops, i / 8).join(' ')})`);
  context.fillStyle = gradient;
  context.fillRect(end - 84, 6, 80, 6);
  context.strokeStyle = theme.faint;
  context.strokeRect(end - 84.5, 5.5, 81, 7);
  label(context, right, end, 9, theme);
  label(context, left, end - 90 - textWidth(context, left), 9, theme);
}

/** On a ground of the theme, whatever is behind. */
function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, theme: Theme): void {
  context.fillStyle = theme.background;
  context.globalAlpha = 0.75;
  context.fillRect(x - 2, y - 7, textWidth(context, text) + 4, 14);
  context.globalAlpha = 1;
  context.fillStyle = theme.foreground;
  context.fillText(text, x, y + 0.5);
}
