import * as vscode from 'vscode';
import { type ResultsApi, registerResults } from './features/classify/register-results.js';
import { correctedResults } from './features/classify/state/result.js';
import { ResultStore } from './features/classify/state/result-store.js';
import { type ModelsApi, registerModels } from './features/models/register-models.js';
import { registerTeaching, type TeachingApi } from './features/teach/register-teaching.js';
import { registerTimeline, type TimelineApi } from './features/timeline/register-timeline.js';
import { Engine } from './platform/engine/engine.js';
import { showError } from './platform/notifications.js';

/** What other extensions, and this one's tests, can use. */
export interface EcapaApi {
  readonly engine: Engine;
  readonly store: ResultStore;
  readonly results: ResultsApi;
  readonly teaching: TeachingApi;
  readonly models: ModelsApi;
  readonly timelines: TimelineApi;
}

let leave: (() => Promise<void>) | undefined;

/** Throws what keeps the extension from starting, after showing it to the user. */
export function activate(context: vscode.ExtensionContext): EcapaApi {
  const log = vscode.window.createOutputChannel('ECAPA', { log: true });
  context.subscriptions.push(log);
  try {
    return register(context, log);
  } catch (error) {
    reportFailedStart(log, error);
    throw error;
  }
}

/** Registration only: everything else is loaded or started on first use. */
function register(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): EcapaApi {
  const engine = new Engine(log);
  const store = new ResultStore();
  const services = { engine, store, log };
  context.subscriptions.push(engine, store);
  const results = registerResults(context, services);
  leave = () => results.file.flush();
  const timelines = registerTimeline(context, services);
  const { corrections, editors } = timelines;
  const teaching = registerTeaching(context, {
    engine,
    log,
    rows: results.rows,
    corrections: {
      recordings: () => correctedResults(store),
      segments: () => corrections.all(),
    },
    lookAt: (file, span) => editors.get(file)?.lookAt(span),
  });
  const { classes } = teaching;
  const models = registerModels(
    { engine, log, context },
    {
      get isNeeded() {
        return classes.list.length > 0 || store.size > 0;
      },
      onDidChange: [store.onDidChange, classes.onDidChange],
    },
  );
  return { engine, store, results, teaching, models, timelines };
}

function reportFailedStart(log: vscode.LogOutputChannel, error: unknown): void {
  log.error(error instanceof Error ? error : String(error));
  const [showLog, reload] = [vscode.l10n.t('Show Log'), vscode.l10n.t('Reload Window')];
  const reason = error instanceof Error ? error.message : String(error);
  const message = vscode.l10n.t('ECAPA could not start: {0}. Reload the window or report it.', reason);
  void showError(message, reload, showLog).then((answer) => {
    if (answer === showLog) log.show();
    if (answer === reload) void vscode.commands.executeCommand('workbench.action.reloadWindow');
  });
}

/** What came in last is kept. */
export async function deactivate(): Promise<void> {
  await leave?.();
}
