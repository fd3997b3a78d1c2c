import type { NodeAPI } from 'node-red';
import { ModelSession } from './model-session.js';
import { asError } from './node-errors.js';
import { reportRuntime } from './report-runtime.js';
import { type ModelNode, type ModelNodeDef, sessionSettings } from './sessions.js';

/** `ecapa-model`: owns an engine (shared with equal settings elsewhere) and a head. */
export function registerModelNode(RED: NodeAPI): void {
  function EcapaModel(this: ModelNode, def: ModelNodeDef): void {
    RED.nodes.createNode(this, def);
    try {
      this.session = new ModelSession(sessionSettings(RED, def));
    } catch (error) {
      this.error(asError(error).message);
      return;
    }
    const { session } = this;
    // Opened at once, so that a model or platform that cannot work is reported on deploy, not hours later.
    session.engine().then(
      (engine) => reportRuntime(RED, engine),
      () => undefined, // reported below
    );
    session.head().catch((error: unknown) => {
      if (!session.isClosed) this.error(asError(error).message);
    });
    this.on('close', (removed: boolean, done: () => void) => {
      session.close(removed).then(done, (error: unknown) => {
        this.error(asError(error).message);
        done();
      });
    });
  }
  RED.nodes.registerType('ecapa-model', EcapaModel as Parameters<typeof RED.nodes.registerType>[1]);
}
