import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { contentFingerprint } from './content-fingerprint.js';
import type { CorrectionStore } from './corrections.js';
import { Draft } from './draft.js';
import { type Edit, edited } from './edits.js';
import { editedHeard, type HeardEdit } from './heard.js';
import { NOTHING_SAID, type PersonLabels } from './person-labels.js';
import type { ShownTimeline } from './shown-timeline.js';

export interface UndoableEdit {
  readonly undo: () => void;
  readonly redo: () => void;
}

export interface LabelSessionOptions {
  readonly uri: vscode.Uri;
  readonly store: CorrectionStore;
  /** For what is not saved. */
  readonly drafts: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly shown: ShownTimeline;
}

/** What a person has said of one open recording: edits, and what of them is saved. */
export class LabelSession implements vscode.Disposable {
  readonly #options: LabelSessionOptions;
  readonly #draft: Draft;
  /** False when they could not be read: they must not be written over then. */
  #areCorrectionsKnown = false;
  /** Corrections of this session on their way to the store. */
  #ownWrites = 0;
  /** As it is in the store. */
  #saved = NOTHING_SAID;
  /** Of the content that corrections are of. */
  #fingerprint: string | undefined;
  readonly #edited = new vscode.EventEmitter<UndoableEdit>();
  /** A person has changed something, and how to take it back. */
  readonly onDidEdit = this.#edited.event;

  constructor(options: LabelSessionOptions) {
    this.#options = options;
    this.#draft = new Draft(options.drafts, options.uri, options.log);
  }

  get #said(): PersonLabels {
    return this.#options.shown.said;
  }

  /** True when there is something to save. */
  get isDirty(): boolean {
    return !isDeepStrictEqual(this.#said, this.#saved);
  }

  /** A person labels a span; `null` takes that back. Rejects as `edit`. */
  async correct(startSeconds: number, endSeconds: number, label: string | null): Promise<void> {
    await this.edit({ do: 'label', startSeconds, endSeconds, label });
  }

  /** Changes the segments; it is kept when it is saved. Rejects when what was kept before cannot be read. */
  async edit(edit: Edit): Promise<void> {
    await this.#change((said) => {
      const corrections = edited(this.#options.shown.segments, said.corrections, edit);
      return corrections && { ...said, corrections };
    });
  }

  /** Changes lanes, in one step; segments stay what they are. Rejects as `edit`. */
  async editHeard(edits: readonly HeardEdit[]): Promise<void> {
    await this.#change((said) => {
      const heard = editedHeard(said.heard, edits);
      return heard && { ...said, heard };
    });
  }

  /** What was made for another content holds here too. */
  async useOlder(): Promise<void> {
    const { older } = this.#options.shown;
    this.#options.shown.restore(this.#said);
    await this.#change(() => older);
  }

  async discardOlder(): Promise<void> {
    this.#options.shown.restore(this.#said);
    await this.save({ keepsOlder: false });
  }

  async #change(next: (said: PersonLabels) => PersonLabels | undefined): Promise<void> {
    if (!this.#areCorrectionsKnown) await this.#readCorrections();
    const before = this.#said;
    const after = next(before);
    if (after === undefined) return;
    const goTo = (said: PersonLabels): void => {
      this.#options.shown.correct((history) => history.goTo(said));
      this.#keepDraft();
    };
    goTo(after);
    this.#edited.fire({ undo: () => goTo(before), redo: () => goTo(after) });
  }

  /**
   * What was made for another content and is not used goes into a file of its own, unless it is not wanted.
   * Rejects when it cannot be written, and when what is kept could not be read.
   */
  async save({ keepsOlder = true }: { readonly keepsOlder?: boolean } = {}): Promise<void> {
    if (!this.#areCorrectionsKnown) await this.#readCorrections();
    const said = this.#said;
    this.#ownWrites++;
    try {
      const { older } = this.#options.shown;
      if (keepsOlder && !isNothing(older))
        await this.#options.store.setAside(this.#options.uri.toString(), older);
      // The file may have been replaced meanwhile: they are of the content that was looked at.
      await this.#options.store.set(this.#options.uri.toString(), said, this.#fingerprint);
      this.#saved = said;
      this.#keepDraft();
    } finally {
      this.#ownWrites--;
    }
  }

  /** Shows what was saved last. Rejects when it cannot be read. */
  async revert(): Promise<void> {
    const { isOlder, ...kept } = await this.#options.store.load(this.#options.uri.toString());
    this.#restore(isOlder ? NOTHING_SAID : kept, isOlder ? kept : NOTHING_SAID);
    this.#keepDraft();
  }

  /** What a window that ended had not saved of this content. Of another content it is set aside. Never rejects. */
  async unsaved(): Promise<PersonLabels | undefined> {
    const { uri, store, log } = this.#options;
    const draft = await this.#draft.read();
    if (draft === undefined) return undefined;
    const now = uri.scheme === 'file' ? await contentFingerprint(uri.fsPath) : undefined;
    if (draft.fingerprint === undefined || now === undefined || draft.fingerprint === now) return draft.said;
    try {
      await store.setAside(uri.toString(), draft.said);
      this.#draft.keep(undefined);
    } catch (error) {
      log.error(
        `${uri.toString(true)}: unsaved labels of an earlier content stay in storage: ${String(error)}`,
      );
    }
    return undefined;
  }

  /** Goes on with what VS Code knows to be unsaved. */
  restoreBackup(said: PersonLabels): void {
    this.#options.shown.correct((history) => history.push(said));
  }

  /** Goes on with what VS Code does not know of: to it, that is an edit. Rejects as `edit`. */
  async restoreUnsaved(said: PersonLabels): Promise<void> {
    await this.#change(() => (isDeepStrictEqual(said, this.#said) ? undefined : said));
  }

  /** Does not wait until it is written: what fails is logged. */
  #keepDraft(): void {
    this.#draft.keep(this.isDirty ? { said: this.#said, fingerprint: this.#fingerprint } : undefined);
  }

  /**
   * Shows what the store has, which others change too: corrections follow files that are renamed. Never rejects:
   * what cannot be read is logged, and read before it is written over.
   */
  async reload(): Promise<void> {
    await this.#readCorrections().catch((error: unknown) => {
      this.#options.log.error(
        `${this.#options.uri.toString(true)}: corrections could not be read: ${String(error)}`,
      );
    });
  }

  async #readCorrections(): Promise<void> {
    const { isOlder, ...kept } = await this.#options.store.load(this.#options.uri.toString());
    this.#areCorrectionsKnown = true;
    // What is being edited is not lost to what others write.
    if (this.#ownWrites > 0 || this.isDirty) return;
    if (!isOlder && isDeepStrictEqual(kept, this.#said)) return;
    this.#restore(isOlder ? NOTHING_SAID : kept, isOlder ? kept : NOTHING_SAID);
  }

  #restore(said: PersonLabels, older: PersonLabels): void {
    this.#options.shown.restore(said, older);
    this.#saved = this.#said;
  }

  /** Labels stay with the content that they were made for: of another one they hold nothing unasked. */
  async setAsideForOtherContent(path: string): Promise<void> {
    const before = this.#fingerprint;
    this.#fingerprint = await contentFingerprint(path);
    if (before === undefined || this.#fingerprint === undefined || before === this.#fingerprint) return;
    if (!isNothing(this.#said)) this.#restore(NOTHING_SAID, this.#said);
  }

  dispose(): void {
    this.#edited.dispose();
  }
}

function isNothing({ corrections, heard }: PersonLabels): boolean {
  return corrections.length === 0 && heard.length === 0;
}
