/**
 * What is used of undici, which is slow to load and which only addresses need. A module of ours, as bundlers that put a
 * CommonJS package into a file of its own, to be loaded later, give it no names.
 */
export { Agent, fetch } from 'undici';
