import type { Controller } from './controller.js';
import { el } from './dom.js';
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
import { clock, fill } from './format.js';
import type { Model } from './model.js';
import { snapped } from './snap.js';
import { Surface } from './surface.js';
import type { Theme } from './theme.js';
import { secondsAt, xOf } from './viewport.js';

/** Farther than this a press is a drag. */
const CLICK_PIXELS = 4;
const WHEEL_ZOOM = 0.0025;

/** So near to a boundary it is what is meant. */
const BOUNDARY_PIXELS = 5;

/** What a pointer that is pressed does when it moves. */
type Drag =
  | { readonly does: 'pan' }
  | { readonly does: 'range'; readonly fromSeconds: number }
  | { readonly does: 'boundary'; readonly seconds: number };

interface Pointer {
  readonly startX: number;
  x: number;
  hasMoved: boolean;
  readonly drag: Drag;
}

/** Ruler, waveform, segments and curves, one above the other over the same stretch of time. */
export class Tracks {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #surfaces = {
    ruler: new Surface('ruler'),
    waveform: new Surface('waveform'),
    spectrum: new Surface('spectrogram'),
    lane: new Surface('lane'),
    comparison: new Surface('comparison'),
    curves: new Surface('curves'),
  };
  readonly #playhead = el('div', { class: 'playhead' });
  readonly #selection = el('div', { class: 'selection' });
  readonly #range = el('div', { class: 'range' });
  readonly #boundary = el('div', { class: 'boundary' });
  readonly #legend = el('div', { class: 'legend', 'aria-hidden': 'true' });
  #legendKey = '';
  readonly #pointers = new Map<number, Pointer>();

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
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
      comparison.canvas,
      el('div', { class: 'curves-box' }, this.#legend, curves.canvas),
      this.#selection,
      this.#range,
      this.#boundary,
      this.#playhead,
    );
    this.#listen();
  }

  draw(theme: Theme): void {
    const model = this.#model;
    const { view } = model;
    const { ruler, waveform, spectrum, lane, comparison, curves } = this.#surfaces;
    // What is hidden gives its room to the others before they are drawn.
    spectrum.canvas.hidden = !model.hasSpectrogram;
    comparison.canvas.hidden = model.comparison === undefined;
    const pencil = (surface: Surface): Pencil => {
      const context = surface.begin();
      return { context, width: surface.width, height: surface.height, theme };
    };
    const ofRuler = pencil(ruler);
    if (model.durationSeconds > 0) drawRuler(ofRuler, view);
    drawWaveform(pencil(waveform), model, view);
    if (model.hasSpectrogram) drawSpectrum(pencil(spectrum), model, view);
    drawLane(pencil(lane), model, view);
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
    const { view, positionSeconds, durationSeconds, strings, segments } = this.#model;
    const x = xOf(view, this.#width, positionSeconds);
    this.#playhead.hidden = durationSeconds === 0 || x < -1 || x > this.#width + 1;
    this.#playhead.style.transform = `translateX(${Math.round(x)}px)`;
    const label = segments[segmentAt(segments, positionSeconds)]?.label;
    const where = fill(strings?.positionOf ?? '', clock(positionSeconds, 1), clock(durationSeconds));
    const { element } = this;
    element.setAttribute('aria-label', strings?.position ?? '');
    element.setAttribute('aria-valuemax', String(Math.round(durationSeconds)));
    element.setAttribute('aria-valuenow', String(Math.round(positionSeconds)));
    element.setAttribute('aria-valuetext', label === undefined ? where : `${where}, ${label}`);
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

  #secondsOf(event: MouseEvent): number {
    const x = event.clientX - this.element.getBoundingClientRect().left;
    return secondsAt(this.#model.view, this.#width, x);
  }

  #listen(): void {
    const { element } = this;
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const drag = this.#dragOf(event);
      this.#pointers.set(event.pointerId, { startX: event.clientX, x: event.clientX, hasMoved: false, drag });
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerup', (event) => {
      const pointer = this.#pointers.get(event.pointerId);
      this.#pointers.delete(event.pointerId);
      element.classList.remove('dragging');
      if (pointer === undefined) return;
      if (!pointer.hasMoved) this.#click(event);
      else if (pointer.drag.does === 'boundary') this.#dropBoundary(pointer.drag.seconds, event);
      else if (pointer.drag.does === 'range' && this.#model.range !== undefined)
        this.#controller.seek(this.#model.range.startSeconds);
    });
    element.addEventListener('pointercancel', (event) => {
      this.#pointers.delete(event.pointerId);
      this.#controller.editing.dragBoundary(undefined);
    });
    element.addEventListener('dblclick', () => this.#controller.zoomSegment());
  }

  /** On the ruler, with Shift or with a finger the picture is dragged along; on a boundary, that; elsewhere a range. */
  #dragOf(event: PointerEvent): Drag {
    const ruler = this.#surfaces.ruler.canvas.getBoundingClientRect();
    if (event.pointerType === 'touch' || event.shiftKey || event.clientY < ruler.bottom)
      return { does: 'pan' };
    const seconds = this.#boundaryAt(event);
    if (seconds !== undefined) return { does: 'boundary', seconds };
    return { does: 'range', fromSeconds: this.#snap(event) };
  }

  /** Of the segments, in their lane. */
  #boundaryAt(event: PointerEvent): number | undefined {
    const { top, bottom } = this.#surfaces.lane.canvas.getBoundingClientRect();
    if (event.clientY < top || event.clientY >= bottom) return undefined;
    const { segments, view } = this.#model;
    const index = segmentAt(segments, this.#secondsOf(event));
    const segment = segments[index];
    if (segment === undefined) return undefined;
    const x = event.clientX - this.element.getBoundingClientRect().left;
    const near = (seconds: number): boolean =>
      Math.abs(xOf(view, this.#width, seconds) - x) <= BOUNDARY_PIXELS;
    if (index > 0 && near(segment.startSeconds)) return segment.startSeconds;
    return index < segments.length - 1 && near(segment.endSeconds) ? segment.endSeconds : undefined;
  }

  #snap(event: PointerEvent): number {
    const { view, peaks, durationSeconds } = this.#model;
    const secondsPerPixel = (view.endSeconds - view.startSeconds) / Math.max(1, this.#width);
    return Math.min(snapped(this.#secondsOf(event), secondsPerPixel, peaks, event.altKey), durationSeconds);
  }

  #dropBoundary(seconds: number, event: PointerEvent): void {
    this.#controller.editing.dragBoundary(undefined);
    this.#controller.editing.moveBoundary(seconds, this.#snap(event));
  }

  /** On the lane a segment is heard; elsewhere the position goes there. */
  #click(event: PointerEvent): void {
    const seconds = this.#secondsOf(event);
    this.#controller.editing.setRange(undefined);
    this.#controller.selectAt(seconds);
    const { top, bottom } = this.#surfaces.lane.canvas.getBoundingClientRect();
    if (event.clientY >= top && event.clientY < bottom) this.#controller.playSegment();
    else this.#controller.seek(seconds);
  }

  /** One finger or the mouse drags the picture along; two fingers zoom. */
  #move(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (pointer === undefined) {
      this.element.classList.toggle('on-boundary', this.#boundaryAt(event) !== undefined);
      return;
    }
    if (Math.abs(event.clientX - pointer.startX) > CLICK_PIXELS) pointer.hasMoved = true;
    if (!pointer.hasMoved) return;
    const { drag } = pointer;
    if (drag.does === 'boundary') {
      this.#controller.editing.dragBoundary({ seconds: drag.seconds, toSeconds: this.#snap(event) });
      return;
    }
    if (drag.does === 'range') {
      const [startSeconds = 0, endSeconds = 0] = [drag.fromSeconds, this.#snap(event)].sort((a, b) => a - b);
      if (endSeconds > startSeconds) this.#controller.editing.setRange({ startSeconds, endSeconds });
      return;
    }
    this.element.classList.add('dragging');
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    const { view } = this.#model;
    const before = pointer.x;
    pointer.x = event.clientX;
    if (other === undefined) {
      const secondsPerPixel = (view.endSeconds - view.startSeconds) / Math.max(1, this.#width);
      this.#controller.scrollBy((before - event.clientX) * secondsPerPixel);
    } else {
      other.hasMoved = true;
      const factor = Math.abs(event.clientX - other.x) / Math.max(1, Math.abs(before - other.x));
      const middle = (event.clientX + other.x) / 2 - this.element.getBoundingClientRect().left;
      if (factor > 0) this.#controller.zoomBy(factor, secondsAt(view, this.#width, middle));
    }
  }

  /** With Ctrl (which a pinch on a touch pad sends too) it zooms, otherwise it scrolls along. */
  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const perLine = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      this.#controller.zoomBy(Math.exp(-event.deltaY * perLine * WHEEL_ZOOM), this.#secondsOf(event));
      return;
    }
    const { startSeconds, endSeconds } = this.#model.view;
    const delta = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    this.#controller.scrollBy((delta * perLine * (endSeconds - startSeconds)) / Math.max(1, this.#width));
  }
}
