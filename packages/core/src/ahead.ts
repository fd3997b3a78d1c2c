/** What a command does before it loads the rest of its program. */
export { setPackageDirectory } from './assets.js';
export { startWorkerAhead } from './engine/fork-worker.js';
