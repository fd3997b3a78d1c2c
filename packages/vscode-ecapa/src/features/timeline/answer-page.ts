import * as vscode from 'vscode';
import type { PageToHost } from './messages.js';
import type { PageLink } from './page-link.js';
import type { TimelineSession } from './session.js';
import type { ShownTimeline } from './shown-timeline.js';

/** Messages of the page that need a dialog: the editor answers them. */
type DialogMessage = 'export' | 'cut' | 'showLog' | 'importLabels';

/** What the page asks of the session. */
export type SessionMessage = Exclude<PageToHost, { type: DialogMessage }>;

/** Does what a page that is ready asks for. Rejects when a correction cannot be kept. */
export async function answerPage(
  message: Exclude<SessionMessage, { type: 'ready' }>,
  session: TimelineSession,
  page: PageLink,
  shown: ShownTimeline,
): Promise<void> {
  const { media, labelling } = session;
  switch (message.type) {
    case 'analyse':
      void session.analyse();
      return;
    case 'cancel':
      session.cancel();
      return;
    case 'peaks': {
      const { level, tile } = message;
      page.post({ type: 'peaks', level, tile, pairs: await media.readPeaks(level, tile) });
      return;
    }
    case 'spectrum': {
      const { scale, level, tile } = message;
      const bands = await media.readSpectrum(scale, level, tile);
      page.post({ type: 'spectrum', scale, level, tile, bands });
      return;
    }
    case 'preparePlayback':
      return media.playback?.prepare();
    case 'cannotPlay':
      return media.playback?.cannotPlay();
    case 'correct':
      return labelling.correct(message.startSeconds, message.endSeconds, message.label);
    case 'edit':
      return labelling.edit(message.edit);
    case 'editHeard':
      return labelling.editHeard(message.edits);
    case 'useOlder':
      return labelling.useOlder();
    case 'discardOlder':
      return labelling.discardOlder();
    case 'closeComparison':
      shown.compare(undefined);
      return;
    case 'undo':
    case 'redo':
      // The editor's own: it knows what is saved.
      await vscode.commands.executeCommand(message.type);
      return;
  }
}
