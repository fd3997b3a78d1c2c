import { Classifier, type QueuePolicy } from '@ecapa/core';

/** What decides whether two config nodes can share one engine. The head does not: it travels with each job. */
export interface EngineSettings {
  readonly model?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly queueLimit?: number;
  readonly queuePolicy?: QueuePolicy;
  readonly ffmpegPath?: string;
}

interface SharedEngine {
  readonly opened: Promise<Classifier>;
  users: number;
  isOpen: boolean;
  lingering: NodeJS.Timeout | undefined;
}

/** One user's hold on a shared engine. */
export interface EngineLease {
  /** Rejects with why the model cannot be used; another lease tries anew. */
  readonly opened: Promise<Classifier>;
  /**
   * Lets go. The last one to do so closes the engine: at once, or after `lingerSeconds`, within which a
   * redeployed flow finds its model still loaded. Calling it again does nothing.
   */
  release(lingerSeconds: number): Promise<void>;
}

const engines = new Map<string, SharedEngine>();

export function leaseEngine(settings: EngineSettings): EngineLease {
  const key = JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
  const engine = engines.get(key) ?? openEngine(key, settings);
  engine.users++;
  clearTimeout(engine.lingering);
  let released = false;
  return {
    opened: engine.opened,
    async release(lingerSeconds) {
      if (released) return;
      released = true;
      engine.users--;
      if (engine.users > 0) return;
      const close = async (): Promise<void> => {
        if (engine.users > 0) return;
        if (engines.get(key) === engine) engines.delete(key);
        const closed = engine.opened.then(
          (classifier) => classifier.close(),
          () => undefined, // never opened: nothing to close
        );
        // A model that is still loading is closed as soon as it can be; nobody has to wait for that.
        if (engine.isOpen) await closed;
      };
      if (lingerSeconds <= 0) return close();
      engine.lingering = setTimeout(() => void close(), 1000 * lingerSeconds);
      engine.lingering.unref();
    },
  };
}

function openEngine(key: string, settings: EngineSettings): SharedEngine {
  const engine: SharedEngine = {
    opened: Classifier.open(settings),
    users: 0,
    isOpen: false,
    lingering: undefined,
  };
  engines.set(key, engine);
  engine.opened.then(
    () => {
      engine.isOpen = true;
    },
    () => {
      if (engines.get(key) === engine) engines.delete(key);
    },
  );
  return engine;
}
