import type { TimelineSegment } from '@ecapa/core';
import type { PageStrings } from '../../timeline/page-strings.js';
import type { Controller } from './controller.js';
import { el, textButton } from './dom.js';
import { clock, duration, fill, percent } from './format.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';

/** The selected segment: how sure it is, and what it really is. */
export class Details {
  readonly element = el('section', { class: 'details' });
  readonly #model: Model;
  readonly #controller: Controller;
  #drawn = '';

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
    controller.focusCorrection = () =>
      this.element.querySelector<HTMLElement>('.choices button, .choices input')?.focus();
  }

  draw(theme: Theme): void {
    const { strings, selectedSegment: segment, labels, locale, colours } = this.#model;
    if (strings === undefined) return;
    const key = JSON.stringify([
      segment,
      labels,
      locale,
      colours,
      labels.map((label) => theme.labelColour(label)),
    ]);
    // What is the same is not built anew: the focus may be in it.
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.label;
    this.element.setAttribute('aria-label', strings.segmentTitle);
    if (segment === undefined) {
      this.element.replaceChildren(el('p', { class: 'empty' }, strings.nothingSelected));
      return;
    }
    this.element.replaceChildren(
      this.#title(segment, strings, theme),
      this.#probabilities(segment, strings, theme),
      this.#correction(segment, strings, theme),
    );
    if (focused !== undefined)
      this.element.querySelector<HTMLElement>(`[data-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #title(segment: TimelineSegment, strings: PageStrings, theme: Theme): HTMLElement {
    const { label, startSeconds, endSeconds, correctedFrom } = segment;
    const { locale } = this.#model;
    const swatch = el('span', { class: 'swatch large' });
    swatch.style.background = theme.labelColour(label);
    const title = el('h2', {}, swatch, label);
    if (correctedFrom !== undefined)
      title.append(el('span', { class: 'pill' }, fill(strings.correctedFrom, correctedFrom)));
    const span = `${clock(startSeconds, 2)} – ${clock(endSeconds, 2)}`;
    const length = fill(strings.duration, duration(endSeconds - startSeconds, locale));
    return el('header', {}, title, el('p', { class: 'when' }, `${span} · ${length}`));
  }

  #probabilities({ probabilities, presence }: TimelineSegment, strings: PageStrings, theme: Theme): Node {
    const entries = Object.entries(probabilities);
    if (entries.length === 0) return document.createTextNode('');
    const { locale } = this.#model;
    const list = el('div', { class: 'probabilities', role: 'list', 'aria-label': strings.probabilities });
    for (const [label, probability] of entries.sort(([, a], [, b]) => b - a)) {
      const filled = el('span', { class: 'bar-fill' });
      filled.style.width = `${100 * probability}%`;
      filled.style.background = theme.labelColour(label);
      list.append(
        el(
          'div',
          { class: 'probability', role: 'listitem', title: percent(presence[label] ?? 0, locale) },
          el('span', { class: 'label' }, label),
          el('span', { class: 'bar', 'aria-hidden': 'true' }, filled),
          el('span', { class: 'sure' }, percent(probability, locale)),
        ),
      );
    }
    return list;
  }

  #correction(segment: TimelineSegment, strings: PageStrings, theme: Theme): HTMLElement {
    const { labels } = this.#model;
    const controller = this.#controller;
    const choices = el('fieldset', { class: 'choices' }, el('legend', {}, strings.correctLabel));
    const buttons = el('div', { class: 'choice-row' });
    for (const [index, label] of labels.entries()) {
      const isChosen = label === segment.label;
      const swatch = el('span', { class: 'swatch' });
      swatch.style.background = theme.labelColour(label);
      const button = textButton('', isChosen ? 'choice chosen' : 'choice', () => controller.correct(label));
      button.append(swatch, label);
      button.dataset.label = label;
      button.setAttribute('aria-pressed', String(isChosen));
      if (index < 9) button.append(el('kbd', { 'aria-hidden': 'true' }, String(index + 1)));
      buttons.append(button);
    }
    const input = el('input', { type: 'text', maxlength: 200, placeholder: strings.otherLabel });
    input.setAttribute('aria-label', strings.otherLabel);
    const form = el('form', { class: 'other' }, input, el('button', { type: 'submit' }, strings.apply));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const label = input.value.trim();
      if (label !== '') controller.correct(label);
    });
    choices.append(buttons, form);
    if (segment.correctedFrom !== undefined)
      choices.append(textButton(strings.takeBack, 'link', () => controller.correct(null)));
    return choices;
  }
}
