/** What `dist/core.cjs` holds: core, which the extension reads on first use, and the jobs that workers read from it. */
// biome-ignore-start lint/performance/noReExportAll: core lists its names itself.
export * from '@ecapa/core';
export * from '@ecapa/core/host';
export * from '@ecapa/core/interop';
export { OWN_PROCESS_JOBS } from '@ecapa/core/jobs';
export * from '@ecapa/core/timeline';
export * from '@ecapa/core/train';
// biome-ignore-end lint/performance/noReExportAll: core lists its names itself.
