import { clock, fillIn } from '@ecapa/core/page';
import type { Controller } from './controller.js';
import { el, setAttribute } from './dom.js';
import { drawLanes, LANE_PIXELS } from './draw-lanes.js';
import { drawSpectrum } from './draw-spectrum.js';
import {
  dashOf,
  drawComparison,
  drawCurves,
  drawLane,
  drawRuler,
  drawWaveform,
  type Pencil,
} from './draw-tracks.js';
import { segmentAt } from './find.js';
import type { Model } from './model.js';
import { Surface } from './surface.js';
import type { Theme } from './theme.js';
import { TracksPointer } from './tracks-pointer.js';
import { xOf } from './viewport.js';

/** Ruler, waveform, segments, lanes and curves, one above the other over the same stretch of time. */
export class Tracks {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #surfaces = {
    ruler: new Surface('ruler'),
    waveform: new Surface('waveform'),
    spectrum: new Surface('spectrogram'),
    lane: new Surface('lane'),
    lanes: new Surface('lanes'),
    comparison: new Surface('comparison'),
    curves: new Surface('curves'),
  };
  readonly #playhead = el('div', { class: 'playhead' });
  readonly #selection = el('div', { class: 'selection' });
  readonly #range = el('div', { class: 'range' });
  readonly #boundary = el('div', { class: 'boundary' });
  readonly #legend = el('div', { class: 'legend', 'aria-hidden': 'true' });
  readonly #lanesBox = el('div', { class: 'lanes-box' }, this.#surfaces.lanes.canvas);
  #legendKey = '';
  #shownLane: string | undefined;

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    const { ruler, waveform, spectrum, lane, comparison, curves } = this.#surfaces;
    this.element = el(
      'div',
      {
        class: 'tracks',
        tabindex: 0,
        role: 'slider',
        'aria-valuemin': 0,
        'aria-valuemax': 0,
        'aria-valuenow': 0,
      },
      ruler.canvas,
      waveform.canvas,
      spectrum.canvas,
      lane.canvas,
      this.#lanesBox,
      comparison.canvas,
      el('div', { class: 'curves-box' }, this.#legend, curves.canvas),
      this.#selection,
      this.#range,
      this.#boundary,
      this.#playhead,
    );
    const parts = { ruler: ruler.canvas, lane: lane.canvas, lanes: this.#surfaces.lanes.canvas };
    new TracksPointer(model, controller, { element: this.element, ...parts });
  }

  draw(theme: Theme): void {
    const model = this.#model;
    const { view } = model;
    const { ruler, waveform, spectrum, lane, comparison, curves } = this.#surfaces;
    // What is hidden gives its room to the others before they are drawn.
    spectrum.canvas.hidden = !model.hasSpectrogram;
    comparison.canvas.hidden = model.comparison === undefined;
    this.#sizeLanes();
    const pencil = (surface: Surface): Pencil => {
      const context = surface.begin();
      return { context, width: surface.width, height: surface.height, theme };
    };
    const ofRuler = pencil(ruler);
    if (model.durationSeconds > 0) drawRuler(ofRuler, view);
    drawWaveform(pencil(waveform), model, view);
    if (model.hasSpectrogram) drawSpectrum(pencil(spectrum), model, view);
    drawLane(pencil(lane), model, view);
    if (!this.#lanesBox.hidden) drawLanes(pencil(this.#surfaces.lanes), model, view);
    if (model.comparison !== undefined) drawComparison(pencil(comparison), model.comparison.labels, view);
    drawCurves(pencil(curves), model, view);
    this.#drawLegend(theme);
    this.#place(this.#selection, model.range === undefined ? model.selectedSegment : undefined);
    this.#place(this.#range, model.range);
    const { movingBoundary } = model;
    this.#boundary.hidden = movingBoundary === undefined;
    if (movingBoundary !== undefined)
      this.#boundary.style.left = `${xOf(view, this.#width, movingBoundary.toSeconds)}px`;
    this.drawPosition();
  }

  /** As high as its lanes; the chosen one is scrolled into sight. */
  #sizeLanes(): void {
    const { lanes, hasLanes, lane } = this.#model;
    const box = this.#lanesBox;
    box.hidden = !hasLanes || lanes.labels.length === 0;
    this.#surfaces.lanes.canvas.style.height = `${LANE_PIXELS * lanes.labels.length}px`;
    if (lane === this.#shownLane) return;
    this.#shownLane = lane;
    if (lane === undefined) return;
    const top = LANE_PIXELS * lanes.labels.indexOf(lane);
    const lowest = top + LANE_PIXELS - box.clientHeight;
    box.scrollTop = Math.min(Math.max(box.scrollTop, lowest), top);
  }

  /** Puts a frame around a span, or hides it. */
  #place(frame: HTMLElement, span: Model['range']): void {
    frame.hidden = span === undefined;
    if (span === undefined) return;
    const { view } = this.#model;
    const left = Math.max(-4, xOf(view, this.#width, span.startSeconds));
    const right = Math.min(this.#width + 4, xOf(view, this.#width, span.endSeconds));
    frame.hidden = right <= 0 || left >= this.#width;
    frame.style.left = `${left}px`;
    frame.style.width = `${Math.max(2, right - left)}px`;
  }

  drawPosition(): void {
    const { view, positionSeconds, durationSeconds, strings, segments, lanes } = this.#model;
    const x = xOf(view, this.#width, positionSeconds);
    this.#playhead.hidden = durationSeconds === 0 || x < -1 || x > this.#width + 1;
    this.#playhead.style.transform = `translateX(${Math.round(x)}px)`;
    const label = segments[segmentAt(segments, positionSeconds)]?.label;
    const where = fillIn(strings?.positionOf ?? '', clock(positionSeconds, 1), clock(durationSeconds));
    const { element } = this;
    setAttribute(element, 'aria-label', strings?.position ?? '');
    setAttribute(element, 'aria-valuemax', String(Math.round(durationSeconds)));
    setAttribute(element, 'aria-valuenow', String(Math.round(positionSeconds)));
    const heard = lanes.heardAt(positionSeconds);
    const words = [
      where,
      label,
      heard.length > 0 ? fillIn(strings?.heardHere ?? '', heard.join(', ')) : undefined,
    ];
    setAttribute(element, 'aria-valuetext', words.filter((word) => word !== undefined).join(', '));
  }

  get #width(): number {
    return this.#surfaces.ruler.width;
  }

  #drawLegend(theme: Theme): void {
    const { headLabels } = this.#model;
    const key = JSON.stringify([headLabels, headLabels.map((label) => theme.labelColour(label))]);
    if (key === this.#legendKey) return;
    this.#legendKey = key;
    this.#legend.replaceChildren(
      ...headLabels.map((label, index) => {
        const line = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        line.setAttribute('viewBox', '0 0 22 8');
        line.setAttribute('class', 'legend-line');
        const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
        path.setAttribute('d', 'M0 4h22');
        path.setAttribute('stroke', theme.labelColour(label));
        path.setAttribute('stroke-width', '2');
        path.setAttribute('stroke-dasharray', dashOf(index).join(' '));
        line.append(path);
        return el('span', {}, line, label);
      }),
    );
  }
}
