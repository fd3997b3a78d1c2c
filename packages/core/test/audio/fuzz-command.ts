import { fuzzAudio } from './fuzz.js';
import { fuzzSeeds, programSeeds } from './fuzz-seeds.js';

/** Usage: pnpm --filter @ecapa/core fuzz audio [FILES] [FIRST]: damaged audio files, from number FIRST on. */
const [count = 20_000, first = 1] = process.argv.slice(3).map(Number);
const seeds = [...fuzzSeeds(), ...programSeeds()];
const start = performance.now();
const results = await fuzzAudio(seeds, { first, count });
const codes = [...new Set(results.flatMap(({ outcomes }) => Object.keys(outcomes)))].sort();
const rows = results.map(
  ({ container, outcomes, slowestMilliseconds, slowestSeed, largestBytes, longestSeconds }) => [
    container,
    ...codes.map((code) => String(outcomes[code] ?? 0)),
    `${Math.round(slowestMilliseconds)} (${slowestSeed})`,
    String(Math.round(largestBytes / 2 ** 20)),
    longestSeconds.toFixed(1),
  ],
);
const header = ['container', ...codes, 'slowest, ms (number)', 'memory, MiB', 'longest, s'];
for (const cells of [header, header.map(() => '---'), ...rows]) console.log(`| ${cells.join(' | ')} |`);
const seconds = (performance.now() - start) / 1000;
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(
  `\n${count} damaged copies of ${seeds.length} files, from number ${first}, in ${seconds.toFixed(0)} s; the process took ${peakMiB.toFixed(0)} MiB at most.`,
);
