import type { Controller } from './controller.js';
import { LANE_PIXELS } from './draw-lanes.js';
import { segmentAt } from './find.js';
import type { Model } from './model.js';
import { snapped } from './snap.js';
import { secondsAt, xOf } from './viewport.js';

/** Farther than this a press is a drag. */
const CLICK_PIXELS = 4;
const WHEEL_ZOOM = 0.0025;
/** So near to a boundary it is what is meant. */
const BOUNDARY_PIXELS = 5;

/** What a pointer that is pressed does when it moves. */
type Drag =
  | { readonly does: 'pan' }
  | { readonly does: 'range'; readonly fromSeconds: number; readonly lane: string | undefined }
  | Boundary;

/** Between two segments, or an end of a lane's stretch. */
type Boundary =
  | { readonly does: 'boundary'; readonly seconds: number }
  | {
      readonly does: 'end';
      readonly seconds: number;
      readonly lane: string;
      readonly index: number;
      readonly side: 'start' | 'end';
    };

interface Pointer {
  readonly startX: number;
  x: number;
  hasMoved: boolean;
  readonly drag: Drag;
}

/** Where the parts of the picture are. */
export interface TrackParts {
  readonly element: HTMLElement;
  readonly ruler: HTMLElement;
  readonly lane: HTMLElement;
  readonly lanes: HTMLElement;
}

/** What mouse, pen, fingers and wheel do over the tracks. */
export class TracksPointer {
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #parts: TrackParts;
  readonly #pointers = new Map<number, Pointer>();

  constructor(model: Model, controller: Controller, parts: TrackParts) {
    this.#model = model;
    this.#controller = controller;
    this.#parts = parts;
    const { element } = parts;
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const drag = this.#dragOf(event);
      this.#pointers.set(event.pointerId, { startX: event.clientX, x: event.clientX, hasMoved: false, drag });
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerup', (event) => this.#release(event));
    element.addEventListener('pointercancel', (event) => {
      this.#pointers.delete(event.pointerId);
      controller.editing.dragBoundary(undefined);
    });
    element.addEventListener('dblclick', () => controller.zoomSegment());
  }

  get #width(): number {
    return this.#parts.ruler.clientWidth;
  }

  #secondsOf(event: MouseEvent): number {
    const x = event.clientX - this.#parts.element.getBoundingClientRect().left;
    return secondsAt(this.#model.view, this.#width, x);
  }

  /** On the ruler, with Shift or with a finger the picture is dragged along; on a boundary, that; elsewhere a range. */
  #dragOf(event: PointerEvent): Drag {
    const ruler = this.#parts.ruler.getBoundingClientRect();
    if (event.pointerType === 'touch' || event.shiftKey || event.clientY < ruler.bottom)
      return { does: 'pan' };
    return (
      this.#boundaryAt(event) ?? {
        does: 'range',
        fromSeconds: this.#snap(event),
        lane: this.#laneAt(event),
      }
    );
  }

  /** The label whose lane is under the pointer. */
  #laneAt(event: MouseEvent): string | undefined {
    const { lanes } = this.#parts;
    if (!isOver(lanes, event)) return undefined;
    const y = event.clientY - lanes.getBoundingClientRect().top;
    return this.#model.lanes.labels[Math.floor(y / LANE_PIXELS)];
  }

  /** Of the segments, in their lane, or of the stretches of another lane. */
  #boundaryAt(event: PointerEvent): Boundary | undefined {
    const { segments, view, lanes } = this.#model;
    const x = event.clientX - this.#parts.element.getBoundingClientRect().left;
    const near = (seconds: number): boolean =>
      Math.abs(xOf(view, this.#width, seconds) - x) <= BOUNDARY_PIXELS;
    const lane = this.#laneAt(event);
    if (lane !== undefined) {
      const spans = lanes.spans(lane);
      for (const [index, { startSeconds, endSeconds }] of spans.entries()) {
        if (near(endSeconds)) return { does: 'end', seconds: endSeconds, lane, index, side: 'end' };
        if (near(startSeconds)) return { does: 'end', seconds: startSeconds, lane, index, side: 'start' };
      }
      return undefined;
    }
    if (!isOver(this.#parts.lane, event)) return undefined;
    const index = segmentAt(segments, this.#secondsOf(event));
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (index > 0 && near(segment.startSeconds)) return { does: 'boundary', seconds: segment.startSeconds };
    return index < segments.length - 1 && near(segment.endSeconds)
      ? { does: 'boundary', seconds: segment.endSeconds }
      : undefined;
  }

  #snap(event: PointerEvent): number {
    const { view, peaks, durationSeconds } = this.#model;
    const secondsPerPixel = (view.endSeconds - view.startSeconds) / Math.max(1, this.#width);
    return Math.min(snapped(this.#secondsOf(event), secondsPerPixel, peaks, event.altKey), durationSeconds);
  }

  #release(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    this.#parts.element.classList.remove('dragging');
    if (pointer === undefined) return;
    const { editing } = this.#controller;
    const { drag } = pointer;
    if (!pointer.hasMoved) this.#click(event);
    else if (drag.does === 'range') {
      if (this.#model.range !== undefined) this.#controller.seek(this.#model.range.startSeconds);
    } else if (drag.does !== 'pan') {
      editing.dragBoundary(undefined);
      if (drag.does === 'boundary') editing.moveBoundary(drag.seconds, this.#snap(event));
      else editing.lane.moveEnd(drag.lane, drag.index, drag.side, this.#snap(event));
    }
  }

  /** In a lane a segment or stretch is heard; elsewhere the position goes there. */
  #click(event: PointerEvent): void {
    const seconds = this.#secondsOf(event);
    const lane = this.#laneAt(event);
    const isInSegments = isOver(this.#parts.lane, event);
    this.#controller.editing.setRange(undefined);
    if (lane !== undefined || isInSegments) this.#controller.setLane(lane);
    this.#controller.selectAt(seconds);
    const isOnSomething = this.#model.selected >= 0;
    if ((lane !== undefined || isInSegments) && isOnSomething) this.#controller.playSegment();
    else this.#controller.seek(seconds);
  }

  /** One finger or the mouse drags the picture along; two fingers zoom. */
  #move(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (pointer === undefined) {
      this.#parts.element.classList.toggle('on-boundary', this.#boundaryAt(event) !== undefined);
      return;
    }
    if (Math.abs(event.clientX - pointer.startX) > CLICK_PIXELS) pointer.hasMoved = true;
    if (!pointer.hasMoved) return;
    const { drag } = pointer;
    const { editing } = this.#controller;
    if (drag.does === 'boundary' || drag.does === 'end')
      editing.dragBoundary({ seconds: drag.seconds, toSeconds: this.#snap(event) });
    else if (drag.does === 'range') {
      const [startSeconds = 0, endSeconds = 0] = [drag.fromSeconds, this.#snap(event)].sort((a, b) => a - b);
      if (drag.lane !== undefined && drag.lane !== this.#model.lane) this.#controller.setLane(drag.lane);
      if (endSeconds > startSeconds) editing.setRange({ startSeconds, endSeconds });
    } else this.#pan(event, pointer);
  }

  #pan(event: PointerEvent, pointer: Pointer): void {
    this.#parts.element.classList.add('dragging');
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
      const middle = (event.clientX + other.x) / 2 - this.#parts.element.getBoundingClientRect().left;
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

function isOver(element: HTMLElement, event: MouseEvent): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return event.clientY >= top && event.clientY < bottom;
}
