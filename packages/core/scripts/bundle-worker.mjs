// dist/ecapa-worker.cjs and dist/ecapa-jobs.cjs: the worker in two files, as the packages have it. From the compiler's
// seventy files a process takes twice as long to start, and the first verdict of every command waits for that.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { jobsEntry, nodeBundle, workerBundle } from '../../../scripts/bundle.mjs';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const options = { ...nodeBundle, metafile: false, sourcemap: true };

await build({ ...options, ...workerBundle('./ecapa-jobs.cjs'), outfile: join(dist, 'ecapa-worker.cjs') });
await build({ ...options, entryPoints: [jobsEntry], outfile: join(dist, 'ecapa-jobs.cjs') });
