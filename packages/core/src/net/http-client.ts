/**
 * What is used of undici, to be loaded only where a request is made: it takes longer to load than all else that a
 * classification needs. A module of ours, as bundlers that put a CommonJS package into a file of its own, to be loaded
 * later, give it no names.
 */
export { Agent, EnvHttpProxyAgent, fetch } from 'undici';
