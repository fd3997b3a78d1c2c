import { clock, fillIn } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { correctionNote } from './describe.js';
import { el, textButton } from './dom.js';
import { duration, percent } from './format.js';
import { LaneDetails } from './lane-details.js';
import type { Model } from './model.js';
import type { Theme } from './theme.js';

/** The selected segment: how sure it is, and what it really is. */
export class Details {
  readonly element = el('section', { class: 'details' });
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #lane: LaneDetails;
  readonly #about = el('div');
  readonly #choices = el('fieldset', { class: 'choices' });
  readonly #labels = el('div', { class: 'choice-row' });
  readonly #otherLabel = el('input', { type: 'text', maxlength: 200 });
  #drawnAbout = '';
  #drawnLabels = '';
  /** Whose label is being put right. */
  #startSeconds: number | undefined;

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
    this.#lane = new LaneDetails(model, controller);
    controller.focusCorrection = () =>
      this.element.querySelector<HTMLElement>('.choices button, .choices input')?.focus();
  }

  draw(theme: Theme): void {
    const { strings, selectedSegment: segment, labels, locale, lane } = this.#model;
    if (strings === undefined) return;
    this.element.setAttribute('aria-label', strings.segmentTitle);
    if (lane !== undefined) {
      this.#lane.draw(theme, strings, lane);
      if (!this.#lane.element.isConnected) this.element.replaceChildren(this.#lane.element);
      return;
    }
    if (segment === undefined) {
      this.#startSeconds = undefined;
      if (this.element.querySelector('.empty') === null)
        this.element.replaceChildren(el('p', { class: 'empty' }, strings.nothingSelected));
      return;
    }
    const about = JSON.stringify([segment, locale, labels.map((label) => theme.labelColour(label))]);
    if (about !== this.#drawnAbout) {
      this.#drawnAbout = about;
      this.#about.replaceChildren(
        this.#title(segment, strings, theme),
        this.#probabilities(segment, strings, theme),
      );
    }
    if (this.#choices.childElementCount === 0) this.#buildChoices(strings);
    if (segment.startSeconds !== this.#startSeconds) this.#otherLabel.value = '';
    this.#startSeconds = segment.startSeconds;
    this.#drawLabels(segment, strings, theme);
    if (!this.#about.isConnected) this.element.replaceChildren(this.#about, this.#choices);
  }

  #title(segment: TimelineSegment, strings: PageStrings, theme: Theme): HTMLElement {
    const { label, startSeconds, endSeconds, correctedFrom } = segment;
    const { locale } = this.#model;
    const swatch = el('span', { class: 'swatch large' });
    swatch.style.background = theme.labelColour(label);
    const title = el('h2', {}, swatch, label);
    if (correctedFrom !== undefined)
      title.append(el('span', { class: 'pill' }, correctionNote(label, correctedFrom, strings)));
    const span = `${clock(startSeconds, 2)} – ${clock(endSeconds, 2)}`;
    const length = fillIn(strings.duration, duration(endSeconds - startSeconds, locale));
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

  #buildChoices(strings: PageStrings): void {
    const controller = this.#controller;
    this.#otherLabel.placeholder = strings.otherLabel;
    this.#otherLabel.setAttribute('aria-label', strings.otherLabel);
    const submit = el('button', { type: 'submit' }, strings.apply);
    const form = el('form', { class: 'other' }, this.#otherLabel, submit);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const label = this.#otherLabel.value.trim();
      this.#otherLabel.value = '';
      if (label !== '') controller.editing.correct(label);
    });
    const action = (what: 'split' | 'merge' | 'delete', word: string, key: string): HTMLButtonElement => {
      const button = textButton(word, 'secondary', () => controller.editing.editSelected(what));
      button.title = `${word} (${key})`;
      return button;
    };
    const confirm = textButton(strings.confirm, 'secondary', () => controller.editing.confirm());
    confirm.title = `${strings.confirm} (V)`;
    this.#choices.append(
      el('legend', {}, strings.correctLabel),
      this.#labels,
      form,
      el(
        'div',
        { class: 'choice-row edits' },
        confirm,
        action('split', strings.split, 'S'),
        action('merge', strings.merge, 'M'),
        action('delete', strings.deleteSegment, 'Del'),
      ),
    );
  }

  /** Only what is different is built anew: the focus may be in it, and a growing segment changes all the time. */
  #drawLabels({ label: chosen, correctedFrom }: TimelineSegment, strings: PageStrings, theme: Theme): void {
    const { labels } = this.#model;
    const colours = labels.map((label) => theme.labelColour(label));
    const key = JSON.stringify([labels, colours, chosen, correctedFrom]);
    if (key === this.#drawnLabels) return;
    this.#drawnLabels = key;
    const controller = this.#controller;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.label;
    const buttons = labels.map((label, index) => {
      const isChosen = label === chosen;
      const swatch = el('span', { class: 'swatch' });
      swatch.style.background = colours[index] ?? '';
      const button = textButton('', isChosen ? 'choice chosen' : 'choice', () =>
        controller.editing.correct(label),
      );
      button.append(swatch, label);
      button.dataset.label = label;
      button.setAttribute('aria-pressed', String(isChosen));
      if (index < 9) button.append(el('kbd', { 'aria-hidden': 'true' }, String(index + 1)));
      return button;
    });
    this.#labels.replaceChildren(...buttons);
    this.#choices.querySelector(':scope > .link')?.remove();
    if (correctedFrom !== undefined)
      this.#choices.append(textButton(strings.takeBack, 'link', () => controller.editing.correct(null)));
    if (focused !== undefined) buttons.find(({ dataset }) => dataset.label === focused)?.focus();
  }
}
