import { clock, fillIn } from '@ecapa/core/page';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { el, textButton } from './dom.js';
import { duration, percent } from './format.js';
import type { Item } from './lanes.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';

/** The selected stretch of the chosen lane: how sure it is, and whether its label can be heard there. */
export class LaneDetails {
  readonly element = el('div');
  readonly #model: Model;
  readonly #controller: Controller;
  #drawn = '';

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
  }

  draw(theme: Theme, strings: PageStrings, lane: string): void {
    const { selectedSegment: item, range, lanes, locale } = this.#model;
    const colours = lanes.labels.map((label) => theme.labelColour(label));
    const key = JSON.stringify([lane, item, range, lanes.labels, colours, locale]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.does
      : undefined;
    this.element.replaceChildren(
      this.#title(item, strings, theme, lane),
      this.#choices(item, strings, theme, lane),
    );
    if (focused !== undefined)
      this.element.querySelector<HTMLElement>(`[data-does="${CSS.escape(focused)}"]`)?.focus();
  }

  #title(item: Item | undefined, strings: PageStrings, theme: Theme, lane: string): HTMLElement {
    const { range, locale } = this.#model;
    const swatch = el('span', { class: 'swatch large' });
    swatch.style.background = theme.labelColour(lane);
    const title = el('h2', {}, swatch, fillIn(strings.laneOf, lane));
    const header = el('header', {}, title);
    const span = range ?? item;
    if (span === undefined) {
      header.append(el('p', { class: 'when' }, strings.laneHint));
      return header;
    }
    if (range === undefined && item?.correctedFrom !== undefined)
      title.append(el('span', { class: 'pill' }, strings.corrected));
    const { startSeconds, endSeconds } = span;
    const length = fillIn(strings.duration, duration(endSeconds - startSeconds, locale));
    const sure = range === undefined && item !== undefined ? ` · ${percent(item.probability, locale)}` : '';
    const when = `${clock(startSeconds, 2)} – ${clock(endSeconds, 2)} · ${length}${sure}`;
    header.append(el('p', { class: 'when' }, when));
    return header;
  }

  #choices(item: Item | undefined, strings: PageStrings, theme: Theme, lane: string): HTMLElement {
    const { range, lanes, items, selected } = this.#model;
    const { lane: editing } = this.#controller.editing;
    const isNothing = range === undefined && item === undefined;
    const action = (does: string, word: string, key: string, run: () => void): HTMLButtonElement => {
      const button = textButton(word, 'secondary', run);
      button.title = key === '' ? word : `${word} (${key})`;
      button.dataset.does = does;
      return button;
    };
    const heard = action('heard', strings.canBeHeard, 'V', () => editing.confirm());
    const notHeard = action('notHeard', strings.cannotBeHeard, 'Del', () => editing.remove());
    const merge = action('merge', strings.merge, 'M', () => editing.merge());
    heard.disabled = notHeard.disabled = isNothing;
    merge.disabled = item === undefined || items[selected + 1] === undefined;
    const choices = el(
      'fieldset',
      { class: 'choices' },
      el('legend', {}, fillIn(strings.heardQuestion, lane)),
      el('div', { class: 'choice-row edits' }, heard, notHeard, merge),
    );
    if (isNothing) return choices;
    const others = lanes.labels.filter((label) => label !== lane);
    const labels = others.map((label) => {
      const button = action(label, '', '', () => editing.correct(label));
      const swatch = el('span', { class: 'swatch' });
      swatch.style.background = theme.labelColour(label);
      button.className = 'choice';
      button.title = label;
      button.append(swatch, label);
      const index = this.#model.labels.indexOf(label);
      if (index >= 0 && index < 9) button.append(el('kbd', { 'aria-hidden': 'true' }, String(index + 1)));
      return button;
    });
    const instead = range === undefined ? strings.heardInstead : strings.alsoHeard;
    choices.append(el('p', { class: 'when' }, instead), el('div', { class: 'choice-row' }, ...labels));
    if (range === undefined && item?.correctedFrom !== undefined)
      choices.append(textButton(strings.takeBack, 'link', () => editing.correct(null)));
    return choices;
  }
}
