import { canonicalJson } from '../canonical-json.js';
import { Classifier } from '../engine/classifier.js';
import type { ClassifierOptions } from '../engine/classifier-options.js';

/** What decides whether two users can share one engine. The head does not: it travels with each job. */
export type EngineSettings = Omit<ClassifierOptions, 'head'>;

/** One user's hold on a shared engine. */
export interface EngineHold {
  /** Rejects with why the model cannot be used; another hold tries again. */
  readonly opened: Promise<Classifier>;
  /**
   * The last user to release an engine closes it: at once, or after `idleSeconds`, within which the next user finds
   * its model still loaded. Resolves when it is closed, or will be. Calling it again does nothing.
   */
  release(idleSeconds: number): Promise<void>;
}

interface SharedEngine {
  readonly key: string;
  readonly opened: Promise<Classifier>;
  users: number;
  isOpen: boolean;
  closing: NodeJS.Timeout | undefined;
}

const engines = new Map<string, SharedEngine>();

/** Holds the engine of these settings, which all its users in this process share; opens it for the first one. */
export function holdEngine(settings: EngineSettings): EngineHold {
  const key = canonicalJson(settings);
  const engine = engines.get(key) ?? openEngine(key, settings);
  engine.users++;
  clearTimeout(engine.closing);
  let isReleased = false;
  return {
    opened: engine.opened,
    async release(idleSeconds) {
      if (isReleased) return;
      isReleased = true;
      engine.users--;
      if (engine.users > 0) return;
      const isRetired = engines.get(key) !== engine;
      if (idleSeconds <= 0 || isRetired) return closeUnused(engine);
      engine.closing = setTimeout(() => void closeUnused(engine), 1000 * idleSeconds);
      engine.closing.unref();
    },
  };
}

/**
 * Retires all engines, because the settings have changed: those that are not held are closed now, the others as
 * soon as they are released. A caller that holds an engine from now on gets a new one.
 */
export async function retireEngines(): Promise<void> {
  const retired = [...engines.values()];
  engines.clear();
  await Promise.all(retired.map(closeUnused));
}

function openEngine(key: string, settings: EngineSettings): SharedEngine {
  const opened = Classifier.open(settings);
  const engine: SharedEngine = { key, opened, users: 0, isOpen: false, closing: undefined };
  engines.set(key, engine);
  opened.then(
    () => {
      engine.isOpen = true;
    },
    () => forget(engine),
  );
  return engine;
}

async function closeUnused(engine: SharedEngine): Promise<void> {
  if (engine.users > 0) return;
  clearTimeout(engine.closing);
  forget(engine);
  const closed = engine.opened.then(
    (classifier) => classifier.close(),
    () => undefined, // never opened: nothing to close
  );
  // A model that is still loading is closed as soon as it can be; no caller has to wait for that.
  if (engine.isOpen) await closed;
}

function forget(engine: SharedEngine): void {
  if (engines.get(engine.key) === engine) engines.delete(engine.key);
}
