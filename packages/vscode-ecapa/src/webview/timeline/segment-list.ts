import { clock, fillIn } from '@ecapa/core/page';
import type { Controller } from './controller.js';
import { describeSegment, noteOn } from './describe.js';
import { arrange, el, setAttribute } from './dom.js';
import { duration, percent } from './format.js';
import type { Item } from './lanes.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';

const ROW_PIXELS = 26;
/** Rows beyond the edges that are there already when one scrolls. */
const SPARE_ROWS = 6;

interface Filling {
  readonly segment: Item;
  readonly theme: Theme | undefined;
  readonly contents: string;
}

/**
 * The segments as a list box. Only the rows in sight exist: a recording of hours has thousands. The focus stays on
 * the box, which names its active option, as the ARIA practices have it for lists that are not all there.
 */
export class SegmentList {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #rows = el('div', { class: 'rows', role: 'presentation' });
  readonly #empty = el('p', { class: 'empty' });
  /** Rows by the index of their segment. One that is pressed stays the same element, or its click would be lost. */
  readonly #built = new Map<number, HTMLElement>();
  /** What a row was filled in with last. */
  readonly #filled = new WeakMap<HTMLElement, Filling>();
  #shownSelection = -1;
  #theme: Theme | undefined;

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
    this.element = el('div', { class: 'segment-list', role: 'listbox', tabindex: 0 }, this.#rows);
    this.element.addEventListener('scroll', () => this.#drawRows(), { passive: true });
    this.element.addEventListener('click', (event) => {
      const index = rowIndex(event);
      if (index === undefined) return;
      controller.select(index);
      controller.playSegment();
    });
    this.element.addEventListener('dblclick', () => controller.zoomSegment());
    this.element.addEventListener('focus', () => {
      // Who comes with the mouse is about to select something else.
      if (model.selected < 0 && this.element.matches(':focus-visible'))
        this.#controller.run({ do: 'firstInList' });
    });
  }

  draw(theme: Theme): void {
    this.#theme = theme;
    const { listed, selected, strings, items, lane } = this.#model;
    const name = lane === undefined ? strings?.segments : fillIn(strings?.laneOf ?? '', lane);
    this.element.setAttribute('aria-label', name ?? '');
    this.#rows.style.height = `${listed.length * ROW_PIXELS}px`;
    const place = listed.indexOf(selected);
    if (selected !== this.#shownSelection) {
      this.#shownSelection = selected;
      if (place >= 0) this.#scrollTo(place);
    }
    if (place >= 0) this.element.setAttribute('aria-activedescendant', rowId(selected));
    else this.element.removeAttribute('aria-activedescendant');
    const none = lane === undefined ? strings?.noSegments : fillIn(strings?.heardNowhere ?? '', lane);
    this.#empty.textContent = (items.length === 0 ? none : strings?.noneOfLabel) ?? '';
    if (listed.length === 0) this.element.append(this.#empty);
    else this.#empty.remove();
    this.#drawRows();
  }

  #scrollTo(place: number): void {
    const top = place * ROW_PIXELS;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW_PIXELS > scrollTop + clientHeight)
      this.element.scrollTop = top + ROW_PIXELS - clientHeight;
  }

  #drawRows(): void {
    const { listed, items } = this.#model;
    const { scrollTop, clientHeight } = this.element;
    const from = Math.max(0, Math.floor(scrollTop / ROW_PIXELS) - SPARE_ROWS);
    const to = Math.min(listed.length, Math.ceil((scrollTop + clientHeight) / ROW_PIXELS) + SPARE_ROWS);
    const rows: HTMLElement[] = [];
    for (let place = from; place < to; place++) {
      const index = listed[place];
      const segment = index === undefined ? undefined : items[index];
      if (index !== undefined && segment !== undefined) rows.push(this.#row(segment, index, place));
    }
    arrange(this.#rows, rows);
    for (const [index, row] of this.#built) if (!row.isConnected) this.#built.delete(index);
  }

  #row(segment: Item, index: number, place: number): HTMLElement {
    const { selected, listed } = this.#model;
    const row =
      this.#built.get(index) ?? el('div', { role: 'option', id: rowId(index), 'data-index': index });
    this.#built.set(index, row);
    setAttribute(row, 'class', index === selected ? 'row selected' : 'row');
    setAttribute(row, 'aria-selected', String(index === selected));
    setAttribute(row, 'aria-setsize', String(listed.length));
    setAttribute(row, 'aria-posinset', String(place + 1));
    row.style.top = `${place * ROW_PIXELS}px`;
    const filled = this.#filled.get(row);
    // As long as the objects are the same, what is in them need not be looked at with each picture.
    if (filled?.segment === segment && filled.theme === this.#theme) return row;
    const contents = JSON.stringify([segment, this.#model.locale, this.#theme?.labelColour(segment.label)]);
    this.#filled.set(row, { segment, theme: this.#theme, contents });
    if (contents !== filled?.contents) this.#fillIn(row, segment);
    return row;
  }

  #fillIn(row: HTMLElement, segment: Item): void {
    const { strings, locale } = this.#model;
    const { label, startSeconds, endSeconds, probability, correctedFrom, runnerUp, isHeard } = segment;
    row.setAttribute('aria-label', strings === undefined ? label : describeSegment(segment, strings, locale));
    const swatch = el('span', { class: 'swatch' });
    swatch.style.background = this.#theme?.labelColour(label) ?? '';
    row.replaceChildren(
      swatch,
      el('span', { class: 'label' }, label),
      el('span', { class: 'time' }, `${clock(startSeconds, 1)} – ${clock(endSeconds, 1)}`),
      el('span', { class: 'length' }, duration(endSeconds - startSeconds, locale)),
    );
    if (correctedFrom !== undefined && strings !== undefined)
      row.append(
        el(
          'span',
          { class: 'pill' },
          isHeard
            ? strings.corrected
            : correctedFrom === label
              ? strings.confirmed
              : `${strings.corrected}: ${fillIn(strings.correctedFrom, correctedFrom)}`,
        ),
      );
    else if (runnerUp !== undefined || isHeard) {
      const bar = el('span', { class: 'bar' }, el('span', { class: 'bar-fill' }));
      const filled = bar.firstElementChild as HTMLElement;
      filled.style.width = `${100 * probability}%`;
      filled.style.background = this.#theme?.labelColour(label) ?? '';
      const note = strings === undefined ? '' : noteOn(segment, strings, locale);
      row.append(
        bar,
        el('span', { class: 'sure' }, percent(probability, locale)),
        el('span', { class: 'note' }, note),
      );
    }
  }
}

function rowId(index: number): string {
  return `segment-${index}`;
}

function rowIndex(event: MouseEvent): number | undefined {
  const row = (event.target as Element).closest<HTMLElement>('[data-index]');
  return row === null ? undefined : Number(row.dataset.index);
}
