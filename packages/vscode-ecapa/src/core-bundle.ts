/** What `dist/core.cjs` holds: core, which the extension reads on first use, and the jobs that workers read from it. */
// biome-ignore lint/performance/noReExportAll: core lists its names itself.
export * from '@ecapa/core';
export { OWN_PROCESS_JOBS } from '@ecapa/core/jobs';
