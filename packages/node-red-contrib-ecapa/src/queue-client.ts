/** A bundle of its own: only flows with a queue load a Redis client. */
export { ask, BatchQueue, makeSettings, parseRoot } from '@ecapa/queue';
