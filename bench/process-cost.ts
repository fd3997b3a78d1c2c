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

/**
 * Runs a command of `ecapa`, or of another one, and watches it, its output thrown away. Processor time is what the shell
 * that starts it was charged for it and all that it started. Throws when it fails.
 */
export async function costOf(command: readonly string[], cli = CLI): Promise<Cost> {
  const start = performance.now();
  const child = spawn('sh', ['-c', '"$@" >/dev/null && times', 'sh', process.execPath, cli, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let times = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    times += text;
  });
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, measure(child.pid ?? 0).bytes);
  }, 250);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`ecapa exited with ${code}`);
  const wallSeconds = (performance.now() - start) / 1000;
  return { wallSeconds, processorSeconds: secondsOfChildren(times), peakBytes };
}

/** The second line of the shell's `times`: user and system time of what it has waited for, as in `1m2.345s 0m0.678s`. */
function secondsOfChildren(times: string): number {
  const line = times.split('\n')[1] ?? '';
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
}
