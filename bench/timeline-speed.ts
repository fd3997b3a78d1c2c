/**
 * What a timeline costs: an hour of MP3, then ten, through the command, with the embedded model.
 *
 *   pnpm --filter @ecapa/bench timeline-speed -- [--hours 1,10]
 *
 * Prints for each: wall and processor time, times real time, peak resident memory of all processes together.
 * Needs a system ffmpeg to make the MP3, and Linux's /proc to measure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeRound, writeHours } from './hours-of-mp3.js';
import { costOf, MEGABYTE } from './process-cost.js';

const { values } = parseArgs({ options: { hours: { type: 'string', default: '1,10' } } });
const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
try {
  console.log(`${availableParallelism()} cores, Node ${process.version}`);
  const { bytes } = encodeRound(folder);
  for (const hours of values.hours.split(',').map(Number)) {
    const file = join(folder, `${hours}h.mp3`);
    writeHours(file, bytes, hours);
    const { wallSeconds, processorSeconds, peakBytes } = await costOf(['timeline', '--json', file]);
    const times = (seconds: number): string => ((3600 * hours) / seconds).toFixed(0);
    console.log(
      `${hours} h of MP3: ${times(wallSeconds)}x real time by the clock (${wallSeconds.toFixed(1)} s), ` +
        `${times(processorSeconds)}x by processor time (${processorSeconds.toFixed(1)} s), peak memory ${(peakBytes / MEGABYTE).toFixed(0)} MB`,
    );
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
