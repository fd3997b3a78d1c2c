/** What a run of the `ecapa` command takes, all of its processes together; from Linux's /proc. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../packages/cli/bin/ecapa.js', import.meta.url));
export const MEGABYTE = 1e6;
const TICKS_PER_SECOND = 100;

export interface Cost {
  readonly wallSeconds: number;
  readonly processorSeconds: number;
  readonly peakBytes: number;
}

/** Resident bytes and processor seconds of a process and all below it. */
export function measure(root: number): { bytes: number; seconds: number } {
  const parents = new Map<number, number>();
  const usage = new Map<number, { bytes: number; seconds: number }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1];
      parents.set(Number(entry), Number(fields[1]));
      const ticks = Number(fields[11]) + Number(fields[12]);
      usage.set(Number(entry), { bytes: 1024 * Number(kilobytes ?? 0), seconds: ticks / TICKS_PER_SECOND });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const total = { bytes: 0, seconds: 0 };
  for (const [id, { bytes, seconds }] of usage) {
    let ancestor: number | undefined = id;
    while (ancestor !== undefined && ancestor !== root) ancestor = parents.get(ancestor);
    if (ancestor !== root) continue;
    total.bytes += bytes;
    total.seconds += seconds;
  }
  return total;
}

/** Runs a command of `ecapa` and watches it, its output thrown away. Throws when it fails. */
export async function costOf(...command: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const child = spawn(process.execPath, [CLI, ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakBytes = 0;
  let processorSeconds = 0;
  const watch = setInterval(() => {
    const { bytes, seconds } = measure(child.pid ?? 0);
    peakBytes = Math.max(peakBytes, bytes);
    processorSeconds = Math.max(processorSeconds, seconds);
  }, 250);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`ecapa exited with ${code}`);
  return { wallSeconds: (performance.now() - start) / 1000, processorSeconds, peakBytes };
}
