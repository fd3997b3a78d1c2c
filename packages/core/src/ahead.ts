/** What a command does before it loads the rest of its program. */
export { startWorkerAhead } from './engine/fork-worker.js';
