import { clock } from '@ecapa/core/page';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import type { Controller } from './controller.js';
import { el, icon, iconButton, setText, textButton } from './dom.js';
import type { Model } from './model.js';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** Playing, zooming, exporting. */
export class Toolbar {
  readonly element = el('div', { class: 'toolbar', role: 'toolbar' });
  readonly #model: Model;
  readonly #controller: Controller;
  readonly #time = el('span', { class: 'clock', 'aria-hidden': 'true' });
  #parts:
    | {
        readonly [name in
          | 'play'
          | 'loop'
          | 'undo'
          | 'redo'
          | 'segment'
          | 'review'
          | 'spectrogram'
          | 'linear'
          | 'lanes'
          | 'importButton'
          | 'exportButton'
          | 'cut']: HTMLButtonElement;
      }
    | undefined;
  #speed: HTMLSelectElement | undefined;

  constructor(model: Model, controller: Controller) {
    this.#model = model;
    this.#controller = controller;
  }

  /** Once, when the words are known. */
  build(strings: PageStrings): void {
    const controller = this.#controller;
    const parts = {
      play: iconButton('play', strings.play, () => controller.togglePlay(), strings.keySpace),
      loop: iconButton('loop', strings.loopSegment, () => controller.toggleLoop(), 'L'),
      segment: iconButton('segment', strings.zoomSegment, () => controller.zoomSegment(), 'Z'),
      undo: iconButton('undo', strings.undo, () => controller.post({ type: 'undo' }), 'Ctrl+Z'),
      redo: iconButton('redo', strings.redo, () => controller.post({ type: 'redo' }), 'Ctrl+Y'),
      review: iconButton('check', strings.review, () => controller.editing.toggleReview(), 'R'),
      spectrogram: iconButton('spectrum', strings.spectrogram, () => controller.toggleSpectrogram(), 'G'),
      linear: iconButton('linear', strings.linearFrequencies, () => controller.toggleFrequencyScale(), 'F'),
      lanes: iconButton('lanes', strings.lanes, () => controller.toggleLanes(), 'H'),
      importButton: textButton(strings.importLabels, 'secondary', () =>
        controller.post({ type: 'importLabels' }),
      ),
      exportButton: textButton(strings.exportTimeline, 'secondary', () =>
        controller.post({ type: 'export' }),
      ),
      cut: textButton(strings.cutAudio, 'secondary', () => controller.post({ type: 'cut' })),
    };
    this.#parts = parts;
    this.#speed = el('select', { 'aria-label': strings.speed, title: strings.speed });
    for (const speed of SPEEDS) this.#speed.append(el('option', { value: speed }, `${speed}×`));
    this.#speed.addEventListener('change', () => controller.setSpeed(Number(this.#speed?.value ?? 1)));
    parts.play.classList.add('primary');
    const group = (...children: Node[]): HTMLElement => el('div', { class: 'group' }, ...children);
    this.element.replaceChildren(
      group(parts.play, this.#time, this.#speed, parts.loop),
      group(
        iconButton('zoomOut', strings.zoomOut, () => controller.run({ do: 'zoomOut' }), '−'),
        iconButton('zoomIn', strings.zoomIn, () => controller.run({ do: 'zoomIn' }), '+'),
        iconButton('fit', strings.zoomFit, () => controller.zoomFit(), '0'),
        parts.segment,
        parts.spectrogram,
        parts.linear,
        parts.lanes,
      ),
      group(parts.undo, parts.redo, parts.review),
      el('div', { class: 'space' }),
      group(
        parts.importButton,
        parts.exportButton,
        parts.cut,
        iconButton('help', strings.help, () => controller.toggleHelp(), '?'),
      ),
    );
  }

  draw(): void {
    const { isPlaying, isLooping, speed, status, canUndo, canRedo, selected, strings, durationSeconds } =
      this.#model;
    if (this.#parts === undefined || this.#speed === undefined || strings === undefined) return;
    const { play, loop, undo, redo, segment, review, lanes, importButton, exportButton, cut } = this.#parts;
    const { spectrogram, linear } = this.#parts;
    const { isReviewing, hasSpectrogram, hasLanes, spectrum } = this.#model;
    lanes.setAttribute('aria-pressed', String(hasLanes));
    lanes.hidden = this.#model.lanes.labels.length === 0;
    review.setAttribute('aria-pressed', String(isReviewing));
    spectrogram.setAttribute('aria-pressed', String(hasSpectrogram));
    linear.setAttribute('aria-pressed', String(spectrum.scale === 'linear'));
    linear.hidden = !hasSpectrogram;
    importButton.disabled = status.state !== 'done';
    const word = isPlaying ? strings.pause : strings.play;
    if (play.getAttribute('aria-label') !== word) {
      play.setAttribute('aria-label', word);
      play.title = `${word} (${strings.keySpace})`;
      play.replaceChildren(icon(isPlaying ? 'pause' : 'play'));
    }
    loop.setAttribute('aria-pressed', String(isLooping));
    this.#speed.value = String(speed);
    undo.disabled = !canUndo;
    redo.disabled = !canRedo;
    play.disabled = durationSeconds === 0;
    segment.disabled = selected < 0;
    exportButton.disabled = cut.disabled = status.state !== 'done';
    this.drawPosition();
  }

  drawPosition(): void {
    const { positionSeconds, durationSeconds } = this.#model;
    setText(this.#time, `${clock(positionSeconds, 1)} / ${clock(durationSeconds)}`);
  }
}
