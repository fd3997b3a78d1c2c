import type { Controller } from './controller.js';
import { el } from './dom.js';
import { duration, fill, percent } from './format.js';
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
  #drawn = '';

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
    this.#order.addEventListener('change', () =>
      controller.setOrder(this.#order.value === 'leastSure' ? 'leastSure' : 'time'),
    );
    this.element = el(
      'div',
      { class: 'summary' },
      this.#bar,
      el(
        'div',
        { class: 'summary-row' },
        this.#chips,
        el('div', { class: 'listing' }, this.#count, this.#order),
      ),
    );
  }

  /** How many segments there are, and are shown. */
  get countText(): string {
    const { strings, segments, listed } = this.#model;
    if (strings === undefined) return '';
    if (listed.length < segments.length) return fill(strings.segmentCountOf, listed.length, segments.length);
    return segments.length === 1 ? strings.oneSegment : fill(strings.segmentCount, segments.length);
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
    this.#count.textContent = this.countText;
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
    const focused = (document.activeElement as HTMLElement | null)?.dataset.chip;
    this.#chips.replaceChildren(
      ...totals.map(({ label, share, seconds }, i) => {
        const swatch = el('span', { class: 'swatch' });
        swatch.style.background = colours[i] ?? '';
        const chip = el(
          'button',
          {
            ...{ type: 'button', class: 'chip', 'data-chip': label },
            'aria-pressed': hidden.has(label) ? 'false' : 'true',
          },
          swatch,
          el('span', { class: 'label' }, label),
          el('span', { class: 'share' }, percent(share, locale)),
          el('span', { class: 'length' }, duration(seconds, locale, 'narrow')),
        );
        chip.addEventListener('click', () => this.#controller.toggleLabel(label));
        return chip;
      }),
    );
    if (focused !== undefined)
      this.#chips.querySelector<HTMLElement>(`[data-chip="${CSS.escape(focused)}"]`)?.focus();
  }
}
