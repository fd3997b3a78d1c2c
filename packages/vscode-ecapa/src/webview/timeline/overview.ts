import type { Controller } from './controller.js';
import { el } from './dom.js';
import { drawWaveform } from './draw-tracks.js';
import type { Model } from './model.js';
import { Surface } from './surface.js';
import type { Theme } from './theme.js';
import { fit, secondsAt, xOf } from './viewport.js';

/** The whole recording in small, with a frame around what the tracks show. For the mouse: keys have all it can do. */
export class Overview {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #surface = new Surface('overview-picture');
  readonly #frame = el('div', { class: 'overview-frame' });
  readonly #playhead = el('div', { class: 'playhead' });

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.element = el(
      'div',
      { class: 'overview', 'aria-hidden': 'true' },
      this.#surface.canvas,
      this.#frame,
      this.#playhead,
    );
    const go = (event: PointerEvent): void => {
      const x = event.clientX - this.element.getBoundingClientRect().left;
      controller.centreOn(secondsAt(fit(model.durationSeconds), this.#surface.width, x));
    };
    this.element.addEventListener('pointerdown', (event) => {
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) go(event);
    });
  }

  draw(theme: Theme): void {
    const whole = fit(this.#model.durationSeconds);
    const context = this.#surface.begin();
    const { width, height } = this.#surface;
    drawWaveform({ context, width, height, theme }, this.#model, whole);
    const { startSeconds, endSeconds } = this.#model.view;
    const left = xOf(whole, width, startSeconds);
    this.#frame.hidden = startSeconds <= 0 && endSeconds >= whole.endSeconds;
    this.#frame.style.left = `${left}px`;
    this.#frame.style.width = `${Math.max(3, xOf(whole, width, endSeconds) - left)}px`;
    this.drawPosition();
  }

  drawPosition(): void {
    const x = xOf(fit(this.#model.durationSeconds), this.#surface.width, this.#model.positionSeconds);
    this.#playhead.hidden = this.#model.durationSeconds === 0;
    this.#playhead.style.transform = `translateX(${Math.round(x)}px)`;
  }
}
