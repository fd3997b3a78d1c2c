import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that takes longer is done in pieces: the host has other extensions to serve. */
const TURN_MS = 8;

/** Lets the event loop turn when the work since the last turn has taken its share. */
export class Breath {
  #since = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
