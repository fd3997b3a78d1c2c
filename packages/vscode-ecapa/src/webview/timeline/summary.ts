import { fillIn } from '@ecapa/core/page';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { arrange, el, setText } from './dom.js';
import { duration, percent } from './format.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';

/** What the segments add up to, as a bar and as buttons that choose which labels the list shows; and its order. */
export class Summary {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #bar = el('div', { class: 'share-bar', 'aria-hidden': 'true' });
  readonly #chips = el('div', { class: 'chips', role: 'group' });
  readonly #count = el('span', { class: 'count' });
  readonly #order = el('select');
  readonly #lane = el('select');
  #drawnLanes = '';
  /** By label. One that is pressed stays the same element, or its click would be lost. */
  readonly #built = new Map<string, HTMLButtonElement>();
  #drawn = '';

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
    this.#order.addEventListener('change', () =>
      controller.setOrder(this.#order.value === 'leastSure' ? 'leastSure' : 'time'),
    );
    this.#lane.addEventListener('change', () =>
      controller.setLane(this.#model.lanes.labels[this.#lane.selectedIndex - 1]),
    );
    this.element = el(
      'div',
      { class: 'summary' },
      this.#bar,
      el(
        'div',
        { class: 'summary-row' },
        this.#chips,
        el('div', { class: 'listing' }, this.#count, this.#lane, this.#order),
      ),
    );
  }

  /** How many segments there are, and are shown. */
  get countText(): string {
    const { strings, segments, listed, lane } = this.#model;
    if (strings === undefined) return '';
    if (lane !== undefined) return fillIn(strings.laneCount, listed.length);
    if (listed.length < segments.length)
      return fillIn(strings.segmentCountOf, listed.length, segments.length);
    return segments.length === 1 ? strings.oneSegment : fillIn(strings.segmentCount, segments.length);
  }

  draw(theme: Theme): void {
    const { totals, strings, locale, hidden, order } = this.#model;
    if (strings === undefined) return;
    if (this.#order.options.length === 0) {
      this.#order.append(
        el('option', { value: 'time' }, strings.orderByTime),
        el('option', { value: 'leastSure' }, strings.orderLeastSure),
      );
      this.#order.setAttribute('aria-label', strings.order);
      this.#chips.setAttribute('aria-label', strings.filter);
    }
    this.#order.value = order;
    this.#drawLanes(strings);
    setText(this.#count, this.countText);
    const colours = totals.map(({ label }) => theme.labelColour(label));
    const key = JSON.stringify([totals, [...hidden], colours]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#bar.replaceChildren(
      ...totals.map(({ share }, i) => {
        const part = el('span');
        part.style.flexGrow = String(share);
        part.style.background = colours[i] ?? '';
        return part;
      }),
    );
    const chips = totals.map(({ label, share, seconds }, i) => {
      const chip = this.#chip(label);
      const swatch = el('span', { class: 'swatch' });
      swatch.style.background = colours[i] ?? '';
      chip.replaceChildren(
        swatch,
        el('span', { class: 'label' }, label),
        el('span', { class: 'share' }, percent(share, locale)),
        el('span', { class: 'length' }, duration(seconds, locale, 'narrow')),
      );
      chip.setAttribute('aria-pressed', String(!hidden.has(label)));
      return chip;
    });
    arrange(this.#chips, chips);
  }

  /** Which lane is listed and worked on. */
  #drawLanes(strings: PageStrings): void {
    const { lanes, lane, hasLanes } = this.#model;
    const key = JSON.stringify([lanes.labels, strings.segments]);
    if (key !== this.#drawnLanes) {
      this.#drawnLanes = key;
      this.#lane.setAttribute('aria-label', strings.lane);
      this.#lane.title = `${strings.lane} (T)`;
      this.#lane.replaceChildren(
        el('option', {}, strings.segments),
        ...lanes.labels.map((label) => el('option', {}, fillIn(strings.laneOf, label))),
      );
    }
    this.#lane.hidden = !hasLanes || lanes.labels.length === 0;
    this.#lane.selectedIndex = lane === undefined ? 0 : lanes.labels.indexOf(lane) + 1;
  }

  #chip(label: string): HTMLButtonElement {
    const known = this.#built.get(label);
    if (known !== undefined) return known;
    const chip = el('button', { type: 'button', class: 'chip' });
    chip.addEventListener('click', () => this.#controller.toggleLabel(label));
    this.#built.set(label, chip);
    return chip;
  }
}
