import { fuzzCheckpoints, fuzzPickles } from './fuzz.js';

/** Usage: pnpm --filter @ecapa/core fuzz [PICKLES] [CHECKPOINTS] [SEED] */
const [pickles = 100_000, checkpoints = 20_000, seed = 1] = process.argv.slice(2).map(Number);
for (const run of [() => fuzzPickles(pickles, seed), () => fuzzCheckpoints(checkpoints, seed)]) {
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ...result, seed, seconds, peakMegabytes }, undefined, 2));
}
