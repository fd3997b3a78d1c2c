import { fillIn } from '@ecapa/core/page';
import type { HostToPage, PageToHost } from '../features/timeline/messages.js';
import { Controller } from './timeline/controller.js';
import { describeSegment } from './timeline/describe.js';
import { Details } from './timeline/details.js';
import { el } from './timeline/dom.js';
import { Help } from './timeline/help.js';
import { commandOf, type Focus } from './timeline/keyboard.js';
import { Model, type SavedState } from './timeline/model.js';
import { Overview } from './timeline/overview.js';
import { SegmentList } from './timeline/segment-list.js';
import { StatusLine } from './timeline/status-line.js';
import { Summary } from './timeline/summary.js';
import { onThemeChange, readTheme, type Theme } from './timeline/theme.js';
import { Toolbar } from './timeline/toolbar.js';
import { Tracks } from './timeline/tracks.js';

const SAVE_AFTER_MILLISECONDS = 300;

const vscode = acquireVsCodeApi<SavedState>();
const post = (message: PageToHost): void => vscode.postMessage(message);
const model = new Model(vscode.getState() ?? {}, post);
const live = el('div', { class: 'visually-hidden', role: 'status' });
const controller = new Controller({
  model,
  post,
  render,
  renderPosition,
  announceSelection: () => announceSelection(),
  announceLane: () => announceLane(),
});
const toolbar = new Toolbar(model, controller);
const statusLine = new StatusLine(model, controller);
const overview = new Overview(model, controller);
const tracks = new Tracks(model, controller);
const summary = new Summary(model, controller);
const list = new SegmentList(model, controller);
const details = new Details(model, controller);
const help = new Help();
controller.toggleHelp = (isOpen) => help.toggle(isOpen);

const heading = el('h1', { class: 'visually-hidden' });
const main = document.getElementById('timeline');
main?.append(
  heading,
  toolbar.element,
  statusLine.element,
  overview.element,
  tracks.element,
  summary.element,
  el('div', { class: 'panel' }, list.element, details.element),
  help.element,
  live,
);

let theme: Theme | undefined;
/** With the next frame: words alone, or all. */
let nextFrame: 'words' | 'all' | undefined;
let isSaving = false;

/** Everything anew with the next frame: however much has changed meanwhile, it is drawn once. */
function render(): void {
  drawSoon('all');
  save();
}

function drawSoon(what: 'words' | 'all'): void {
  if (nextFrame === undefined) requestAnimationFrame(draw);
  if (nextFrame !== 'all') nextFrame = what;
}

function draw(): void {
  const isAll = nextFrame === 'all';
  nextFrame = undefined;
  main?.classList.toggle('blank', model.status.state === 'failed' && model.durationSeconds === 0);
  toolbar.draw();
  statusLine.draw();
  if (!isAll) return;
  theme ??= readTheme(model.colours);
  summary.draw(theme);
  overview.draw(theme);
  tracks.draw(theme);
  list.draw(theme);
  details.draw(theme);
}

/** A focused list names its active option itself; what changes in it is announced in any case. */
function announceSelection(isChange = false): void {
  const { selectedSegment, strings, locale } = model;
  if (!isChange && document.activeElement === list.element) return;
  if (selectedSegment !== undefined && strings !== undefined)
    live.textContent = describeSegment(selectedSegment, strings, locale);
}

function announceLane(): void {
  const { lane, strings } = model;
  if (strings === undefined) return;
  const name = lane === undefined ? strings.segments : fillIn(strings.laneOf, lane);
  live.textContent = `${name}, ${summary.countText}`;
}

function renderPosition(): void {
  toolbar.drawPosition();
  overview.drawPosition();
  tracks.drawPosition();
  save();
}

function save(): void {
  if (isSaving) return;
  isSaving = true;
  setTimeout(() => {
    isSaving = false;
    vscode.setState(model.saved);
  }, SAVE_AFTER_MILLISECONDS);
}

window.addEventListener('message', ({ data }: MessageEvent<HostToPage>) => {
  const before = model.status;
  const wasRunning = before.state === 'running';
  model.receive(data);
  if (data.type === 'open') {
    toolbar.build(data.strings);
    help.build(data.strings);
    document.title = data.name;
    heading.textContent = data.name;
  }
  if (data.type === 'labels') theme = undefined;
  if (data.type === 'playback') controller.playbackChanged();
  if (data.type === 'togglePlay') controller.togglePlay();
  if (data.type === 'look') controller.lookAt(data.startSeconds, data.endSeconds);
  if (data.type === 'corrections') announceSelection(true);
  if (wasRunning && model.status.state === 'done') live.textContent = summary.countText;
  // Progress comes many times a second for as long as a recording is read: it changes no picture.
  if (data.type === 'playback' || (data.type === 'status' && data.status.state === before.state))
    drawSoon('words');
  else render();
});

window.addEventListener('keydown', (event) => {
  if (help.element.open && event.key !== '?') return;
  const command = commandOf(event, focusOf(event.target));
  if (command === undefined) return;
  event.preventDefault();
  controller.run(command);
});

function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof Element)) return 'other';
  if (target.closest('input, select, textarea') !== null) return 'text';
  if (target.closest('button') !== null) return 'button';
  return target.closest('[role=listbox]') === null ? 'other' : 'list';
}

onThemeChange(() => {
  theme = undefined;
  render();
});
new ResizeObserver(render).observe(document.body);
post({ type: 'ready' });
render();
