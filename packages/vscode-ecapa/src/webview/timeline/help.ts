import type { PageStrings } from '../../features/timeline/page-strings.js';
import { el, iconButton } from './dom.js';

/** The keys, in a dialog. */
export class Help {
  readonly element = el('dialog', { class: 'help' });

  build(strings: PageStrings): void {
    const rows: [keys: string, meaning: string][] = [
      [strings.keySpace, strings.helpPlay],
      ['← →', strings.helpSeek],
      ['↑ ↓  [ ]', strings.helpSegment],
      ['Home End', strings.helpEnds],
      ['+ − 0', strings.helpZoom],
      ['Z', strings.zoomSegment],
      ['Enter', strings.helpEnter],
      ['L', strings.helpLoop],
      ['C  1…9', strings.helpCorrect],
      ['V', strings.helpConfirm],
      ['R  N', strings.helpReview],
      ['I  O', strings.helpRange],
      ['S', strings.helpSplit],
      ['M', strings.helpMerge],
      ['Delete', strings.helpDelete],
      [', .  < >', strings.helpBoundary],
      ['G', strings.spectrogram],
      ['F', strings.linearFrequencies],
      ['H', strings.lanes],
      ['T', strings.helpLane],
      ['V  Delete', strings.helpHeard],
      ['Ctrl+Z  Ctrl+Y', strings.helpUndo],
      ['', strings.helpWheel],
    ];
    const list = el('dl');
    for (const [keys, meaning] of rows) {
      const kbd = keys
        .split(/ +/)
        .filter((key) => key !== '')
        .map((key) => el('kbd', {}, key));
      list.append(el('dt', {}, ...kbd), el('dd', {}, meaning));
    }
    this.element.setAttribute('aria-label', strings.help);
    this.element.replaceChildren(
      el(
        'header',
        {},
        el('h2', {}, strings.help),
        iconButton('close', strings.close, () => this.element.close()),
      ),
      list,
    );
  }

  toggle(isOpen = !this.element.open): void {
    if (isOpen && !this.element.open) this.element.showModal();
    else if (!isOpen) this.element.close();
  }
}
