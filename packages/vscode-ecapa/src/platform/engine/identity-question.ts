import type * as vscode from 'vscode';
import type { Engine } from './engine.js';

/** Events that belong together, such as settings that change at once, cause one question. */
const ASK_AFTER_MS = 250;

/**
 * Asks the engine which model and head it has, where nobody else is about to: settings only name them, and whether
 * they are others than before, only opening them shows. The answer comes as the engine's `onDidChange`.
 */
export class IdentityQuestion implements vscode.Disposable {
  readonly #engine: Pick<Engine, 'lease'>;
  readonly #log: Pick<vscode.LogOutputChannel, 'warn'>;
  #waiting: NodeJS.Timeout | undefined;

  constructor(engine: Pick<Engine, 'lease'>, log: Pick<vscode.LogOutputChannel, 'warn'>) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Soon, and once for all that is asked meanwhile. A failure is logged; what then works with the engine shows it. */
  ask(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#engine.lease().then(
        (lease) => lease.release(),
        (error: unknown) => this.#log.warn(`model and head could not be compared: ${String(error)}`),
      );
    }, ASK_AFTER_MS);
  }

  dispose(): void {
    clearTimeout(this.#waiting);
  }
}
