import { clock, fillIn } from '@ecapa/core/page';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { el, type IconName, icon, textButton } from './dom.js';
import { duration, percent } from './format.js';
import type { Model } from './model.js';
import { reviewCount, reviewSecondsLeft } from './review.js';

type Action =
  | 'cancel'
  | 'analyse'
  | 'analyseAgain'
  | 'showLog'
  | 'stopWaiting'
  | 'useOlder'
  | 'discardOlder'
  | 'closeComparison'
  | 'endReview';

interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly detail?: string;
  /** 0 to 1; -1 for unknown. */
  readonly progress?: number;
  readonly actions: readonly Action[];
}

/** How the analysis stands, what is wrong, and what can be done about it. */
export class StatusLine {
  readonly element = el('div', { class: 'notices' });
  readonly #model: Model;
  readonly #controller: Controller;
  #drawn = '';

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
  }

  draw(): void {
    const { strings } = this.#model;
    if (strings === undefined) return;
    const notices = noticesOf(this.#model, strings);
    const key = JSON.stringify(notices.map(({ progress: _, text: __, ...rest }) => rest));
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.element.replaceChildren(...notices.map((notice) => this.#build(notice, strings)));
    }
    for (const [i, { text, progress }] of notices.entries()) {
      const element = this.element.children[i];
      const words = element?.querySelector('.text');
      if (words && words.textContent !== text) words.textContent = text;
      const bar = element?.querySelector<HTMLProgressElement>('progress');
      if (bar && progress !== undefined && progress >= 0) bar.value = progress;
    }
  }

  #build({ kind, detail, progress, actions }: Notice, strings: PageStrings): HTMLElement {
    const icons: Record<Notice['kind'], IconName | undefined> = {
      info: undefined,
      warning: 'warning',
      error: 'error',
    };
    const name = icons[kind];
    const notice = el('div', { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : undefined });
    if (name !== undefined) notice.append(icon(name));
    const words = el('div', { class: 'words' }, el('span', { class: 'text' }));
    if (detail !== undefined) words.append(el('span', { class: 'detail' }, detail));
    notice.append(words);
    if (progress !== undefined) notice.append(el('progress', { max: 1, 'aria-label': strings.analyse }));
    for (const action of actions) {
      const isMain = action === 'analyse' || action === 'analyseAgain' || action === 'useOlder';
      const label = strings[WORDS[action] ?? (action as Exclude<Action, keyof typeof WORDS>)];
      notice.append(
        textButton(label, isMain ? 'main' : 'secondary', () => {
          if (action === 'stopWaiting') this.#controller.pause();
          else if (action === 'endReview') this.#controller.editing.toggleReview();
          else this.#controller.post({ type: action === 'analyseAgain' ? 'analyse' : action });
        }),
      );
    }
    return notice;
  }
}

/** Actions that other words stand for. */
const WORDS: Partial<Record<Action, 'cancel' | 'close'>> = {
  stopWaiting: 'cancel',
  closeComparison: 'close',
  endReview: 'close',
};

function reviewText({ items, decidedAtMs, locale }: Model, strings: PageStrings): string {
  const { done, left } = reviewCount(items);
  const seconds = reviewSecondsLeft(left, decidedAtMs);
  const count = fillIn(strings.reviewing, done, left);
  return seconds === undefined
    ? count
    : `${count} · ${fillIn(strings.timeLeft, duration(Math.ceil(seconds), locale))}`;
}

function noticesOf(model: Model, strings: PageStrings): Notice[] {
  const { status, isFileThere, playback, isWaitingToPlay, older, comparison } = model;
  const notices: Notice[] = [];
  if (older > 0) {
    const text = fillIn(strings.olderLabels, older);
    notices.push({ kind: 'warning', text, actions: ['useOlder', 'discardOlder'] });
  }
  if (comparison !== undefined) {
    const [share, kappa] = [percent(comparison.share, model.locale), comparison.kappa.toFixed(2)];
    const text = fillIn(strings.agreement, comparison.name, share, kappa);
    notices.push({ kind: 'info', text, actions: ['closeComparison'] });
  }
  if (model.isReviewing)
    notices.push({ kind: 'info', text: reviewText(model, strings), actions: ['endReview'] });
  if (!isFileThere) notices.push({ kind: 'warning', text: strings.fileGone, actions: [] });
  if (playback?.kind === 'parts' && isWaitingToPlay) {
    const { doneSeconds, totalSeconds } = playback;
    const share = totalSeconds === undefined ? -1 : doneSeconds / totalSeconds;
    const much = share < 0 ? clock(doneSeconds) : percent(share, model.locale);
    const text = fillIn(strings.preparingPlayback, much);
    notices.push({ kind: 'info', text, progress: share, actions: ['stopWaiting'] });
  } else if (playback?.kind === 'failed')
    notices.push({ kind: 'warning', text: fillIn(strings.playbackFailed, playback.message), actions: [] });
  switch (status.state) {
    case 'starting':
      return [
        ...notices,
        { kind: 'info', text: strings.startingAnalysis, progress: -1, actions: ['cancel'] },
      ];
    case 'running': {
      const { doneSeconds, totalSeconds, secondsLeft } = status;
      const done =
        totalSeconds === undefined
          ? fillIn(strings.analysingSoFar, clock(doneSeconds))
          : fillIn(strings.analysingOf, clock(doneSeconds), clock(totalSeconds));
      const left =
        secondsLeft === undefined
          ? ''
          : ` · ${fillIn(strings.timeLeft, duration(Math.ceil(secondsLeft), model.locale))}`;
      const progress = totalSeconds === undefined ? -1 : Math.min(1, doneSeconds / totalSeconds);
      return [...notices, { kind: 'info', text: done + left, progress, actions: ['cancel'] }];
    }
    case 'cancelled':
      return [...notices, { kind: 'info', text: strings.cancelled, actions: ['analyse'] }];
    case 'failed': {
      const detail = `${status.message} [${status.code}]`;
      return [
        ...notices,
        { kind: 'error', text: strings.failed, detail, actions: ['analyseAgain', 'showLog'] },
      ];
    }
    case 'done': {
      if (status.isPartial) notices.push({ kind: 'warning', text: strings.partial, actions: [] });
      const reasons = { file: strings.staleFile, model: strings.staleModel, head: strings.staleHead };
      if (status.staleReason !== undefined)
        notices.push({ kind: 'warning', text: reasons[status.staleReason], actions: ['analyseAgain'] });
      return notices;
    }
  }
}
