import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { el, type IconName, icon, textButton } from './dom.js';
import { clock, duration, fill, percent } from './format.js';
import type { Model } from './model.js';

interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly detail?: string;
  /** 0 to 1; -1 for unknown. */
  readonly progress?: number;
  readonly actions: readonly ('cancel' | 'analyse' | 'analyseAgain' | 'showLog' | 'stopWaiting')[];
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
      const isMain = action === 'analyse' || action === 'analyseAgain';
      const label = strings[action === 'stopWaiting' ? 'cancel' : action];
      notice.append(
        textButton(label, isMain ? 'main' : 'secondary', () => {
          if (action === 'stopWaiting') this.#controller.pause();
          else this.#controller.post({ type: action === 'analyseAgain' ? 'analyse' : action });
        }),
      );
    }
    return notice;
  }
}

function noticesOf(model: Model, strings: PageStrings): Notice[] {
  const { status, isFileThere, playback, isWaitingToPlay } = model;
  const notices: Notice[] = [];
  if (!isFileThere) notices.push({ kind: 'warning', text: strings.fileGone, actions: [] });
  if (playback?.kind === 'parts' && isWaitingToPlay) {
    const { doneSeconds, totalSeconds } = playback;
    const share = totalSeconds === undefined ? -1 : doneSeconds / totalSeconds;
    const much = share < 0 ? clock(doneSeconds) : percent(share, model.locale);
    const text = fill(strings.preparingPlayback, much);
    notices.push({ kind: 'info', text, progress: share, actions: ['stopWaiting'] });
  } else if (playback?.kind === 'failed')
    notices.push({ kind: 'warning', text: fill(strings.playbackFailed, playback.message), actions: [] });
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
          ? fill(strings.analysingSoFar, clock(doneSeconds))
          : fill(strings.analysingOf, clock(doneSeconds), clock(totalSeconds));
      const left =
        secondsLeft === undefined
          ? ''
          : ` · ${fill(strings.timeLeft, duration(Math.ceil(secondsLeft), model.locale))}`;
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
