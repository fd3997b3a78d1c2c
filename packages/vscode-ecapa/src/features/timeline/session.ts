import type { Span } from '@ecapa/core';
import { stalenessOf } from '@ecapa/core/host';
import type { TimelineReport, TimelineSegment, TimelineSketch } from '@ecapa/core/timeline';
import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import type { Engine } from '../../platform/engine/engine.js';
import type { IdentityQuestion } from '../../platform/engine/identity-question.js';
import { stampOf } from '../../platform/file-stamp.js';
import { loadOnDemand } from '../../platform/on-demand.js';
import { analyse, statusOf } from './analysis.js';
import { answerPage, type SessionMessage } from './answer-page.js';
import type { Correction } from './apply-corrections.js';
import type { CorrectionStore } from './corrections.js';
import type { HeardSpan } from './heard.js';
import { LabelSession } from './label-session.js';
import { Media } from './media.js';
import type { AnalysisStatus } from './messages.js';
import { PageLink } from './page-link.js';
import type { PageStrings } from './page-strings.js';
import type { PersonLabels } from './person-labels.js';
import type { LocalRecording } from './recording.js';
import { ShownTimeline } from './shown-timeline.js';
import type { TimelineCache } from './timeline-cache.js';
import { reportOf, type TimelineData } from './timeline-data.js';

export interface TimelineServices {
  readonly engine: Engine;
  readonly question: IdentityQuestion;
  readonly log: vscode.LogOutputChannel;
  readonly cache: TimelineCache;
  readonly corrections: CorrectionStore;
  /** For files made from recordings: peaks, copies to play. */
  readonly storage: vscode.Uri;
  /** For labels that are not saved. */
  readonly drafts: vscode.Uri;
}

/**
 * One recording's open timeline: what is known of it, the analysis that finds it out, and the page that shows it.
 * The page may go and come back (hidden editors are unloaded); it is sent everything anew each time.
 */
export class TimelineSession implements vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly media: Media;
  /** A person's corrections of it. */
  readonly labelling: LabelSession;
  readonly #services: TimelineServices;
  readonly #changed = new vscode.EventEmitter<void>();
  /** Something that the getters give has changed. */
  readonly onDidChange = this.#changed.event;
  readonly #page = new PageLink();
  readonly #shown = new ShownTimeline(this.#page, () => this.#changed.fire());

  #status: AnalysisStatus = { state: 'starting' };
  #analysis: AbortController | undefined;
  #data: TimelineData | undefined;
  #isFileThere = true;
  /** Since before there was a page. */
  #isPlayWanted = false;

  constructor(uri: vscode.Uri, services: TimelineServices) {
    this.uri = uri;
    this.#services = services;
    const { corrections: store, log, drafts } = services;
    this.labelling = new LabelSession({ uri, store, log, drafts, shown: this.#shown });
    this.media = new Media({
      uri,
      storage: services.storage,
      log: services.log,
      post: (message) => this.#page.post(message),
      onDuration: (seconds) => this.#shown.lengthen(seconds),
      webview: () => this.#page.webview,
    });
  }

  get status(): AnalysisStatus {
    return this.#status;
  }

  /** With corrections. */
  get segments(): readonly TimelineSegment[] {
    return this.#shown.segments;
  }

  /** All of a person's corrections of it. */
  get said(): PersonLabels {
    return this.#shown.said;
  }

  get corrections(): readonly Correction[] {
    return this.#shown.corrections;
  }

  /** Where each label can be heard, with corrections; undefined where that is not known. */
  get tracks(): Readonly<Record<string, readonly HeardSpan[]>> | undefined {
    return this.#shown.lanes.tracks;
  }

  get isFileThere(): boolean {
    return this.#isFileThere;
  }

  /** True once the page has loaded and asked what to show. */
  get isShown(): boolean {
    return this.#page.isReady;
  }

  /** Labels to choose from: the head's, and those that corrections have brought in. */
  get labels(): readonly string[] {
    return this.#shown.labels;
  }

  /** For exports; undefined until the timeline is whole. */
  get report(): { readonly report: TimelineReport; readonly sketch: TimelineSketch } | undefined {
    if (this.#data === undefined) return undefined;
    const file = vscode.workspace.asRelativePath(this.uri);
    const shown = {
      segments: this.segments,
      tracks: this.tracks,
      areLanesCorrected: this.said.heard.length > 0,
    };
    return { report: reportOf(this.#data, file, shown), sketch: this.#data.sketch };
  }

  /** Shows what was found earlier, or begins to find it out. */
  async open(): Promise<void> {
    const { cache } = this.#services;
    const uri = this.uri.toString();
    const [known] = await Promise.all([cache.get(uri), this.labelling.reload()]);
    if (known === undefined) {
      void this.analyse();
      return;
    }
    this.#shown.show(known);
    this.#finish(known);
    if (this.uri.scheme === 'file') await this.labelling.setAsideForOtherContent(this.uri.fsPath);
    void this.media.prepare();
    await this.checkStaleness();
  }

  /** Looks at the file anew. Resolves when that has ended, however it ends. */
  async analyse(): Promise<void> {
    this.#analysis?.abort();
    const abort = new AbortController();
    this.#analysis = abort;
    const isCurrent = (): boolean => this.#analysis === abort;
    this.#setStatus({ state: 'starting' });
    let recording: LocalRecording;
    try {
      await this.media.refresh();
      recording = await this.media.recording();
    } catch (error) {
      if (isCurrent()) this.#fail(await statusOf(error, abort.signal));
      return;
    }
    const stamp = await stampOf(this.uri);
    await this.labelling.setAsideForOtherContent(recording.path);
    if (!isCurrent()) return;
    this.#setIsFileThere(stamp !== undefined);
    this.#data = undefined;
    this.#shown.clear();
    void this.media.prepare();
    const engine = this.#services.engine;
    const data = await analyse(recording, stamp ?? { sizeBytes: 0, modifiedMs: 0 }, engine, abort.signal, {
      onStatus: (status) => {
        if (!isCurrent()) return;
        if (status.state === 'running') this.#shown.lengthen(status.totalSeconds ?? status.doneSeconds);
        if (status.state === 'failed') this.#fail(status);
        else this.#setStatus(status);
      },
      onLabels: (labels, hasPresence) => {
        if (!isCurrent()) return;
        this.#shown.setLabels(labels);
        this.#shown.lanes.setLabels(hasPresence ? labels : undefined);
      },
      onTrack: (track) => isCurrent() && this.#shown.lanes.add(track),
      onSegment: (segment) => isCurrent() && this.#shown.addSegment(segment),
      onGrowing: (segment) => isCurrent() && this.#shown.grow(segment),
      onWindows: (from, windows) => isCurrent() && this.#shown.addWindows(from, windows),
    });
    if (data === undefined || !isCurrent()) return;
    this.#finish(data);
    await this.#services.cache.set(this.uri.toString(), data).catch((error: unknown) => {
      this.#services.log.warn(`${recording.name}: its timeline cannot be kept: ${String(error)}`);
    });
    await this.checkStaleness();
  }

  /** Ends the analysis under way; what was found so far stays. */
  cancel(): void {
    this.#analysis?.abort();
  }

  /** Finds out whether what is shown is still true. Never rejects. */
  async checkStaleness(): Promise<void> {
    const stamp = await stampOf(this.uri);
    this.#setIsFileThere(stamp !== undefined);
    if (this.#data === undefined || this.#status.state !== 'done') return;
    const { staleReason: before, ...status } = this.#status;
    const { identity } = this.#services.engine;
    if (identity === undefined) this.#services.question.ask();
    const staleReason = stalenessOf(this.#data, { stamp, identity }, before);
    if (staleReason !== before)
      this.#setStatus(staleReason === undefined ? status : { ...status, staleReason });
  }

  /** Shows labels of another source beside these, with how far they agree. */
  async compare(name: string, labels: readonly Correction[]): Promise<void> {
    const { agreement } = await loadCore();
    const { share, kappa } = agreement(this.segments, labels);
    this.#shown.compare({ name, labels, share, kappa });
  }

  /** Shows a stretch, once there is a page and the recording is known to reach so far. */
  lookAt(stretch: Span): void {
    this.#shown.lookAt(stretch);
  }

  /** Plays the recording, or stops it; as soon as there is a page. */
  togglePlay(): void {
    this.#isPlayWanted = !this.isShown;
    this.#page.post({ type: 'togglePlay' });
  }

  /** Shows this timeline in a page from now on. */
  attach(webview: vscode.Webview): void {
    this.#page.attach(webview);
  }

  /** What the page asks for, but for what needs a dialog. Rejects when a correction cannot be kept. */
  async receive(message: SessionMessage): Promise<void> {
    if (message.type !== 'ready') return answerPage(message, this, this.#page, this.#shown);
    const { pageStrings } = await loadOnDemand();
    this.#page.setReady();
    this.#sendEverything(pageStrings());
    if (this.#isPlayWanted) this.togglePlay();
  }

  dispose(): void {
    this.#analysis?.abort();
    this.#analysis = undefined;
    this.#page.attach(undefined);
    this.#changed.dispose();
    this.labelling.dispose();
    void this.media.dispose();
  }

  #finish(data: TimelineData): void {
    this.#data = data;
    this.#shown.setDuration(data.durationSeconds);
    const { modelId, headId } = data.identity;
    this.#setStatus({ state: 'done', modelId, headId, isPartial: data.isPartial });
  }

  #fail(status: AnalysisStatus): void {
    if (status.state === 'failed')
      this.#services.log.error(
        `${this.uri.toString(true)}: [${status.code}] ${status.reason ?? status.message}`,
      );
    this.#setStatus(status);
  }

  #setStatus(status: AnalysisStatus): void {
    this.#status = status;
    this.#page.post({ type: 'status', status });
    this.#changed.fire();
  }

  #setIsFileThere(isThere: boolean): void {
    if (isThere === this.#isFileThere) return;
    this.#isFileThere = isThere;
    this.#page.post({ type: 'file', isThere });
    this.#changed.fire();
  }

  #sendEverything(strings: PageStrings): void {
    const name = vscode.workspace.asRelativePath(this.uri);
    this.#page.post({ type: 'open', name, locale: vscode.env.language, strings });
    this.#shown.sendEverything();
    this.media.sendEverything();
    this.#page.post({ type: 'status', status: this.#status });
    this.#page.post({ type: 'file', isThere: this.#isFileThere });
  }
}
