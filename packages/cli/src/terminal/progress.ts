import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { printable } from './printable.js';

/** A progress bar on standard error, where it does not mix with results; nothing unless that is a terminal. */
export interface ProgressBar {
  /** `done` of the total given at the start, or of a new one; `label` names the current file. */
  update(done: number, label: string, total?: number): void;
  /** Takes the bar away, so that a line can be printed; the next update draws it again. */
  clear(): void;
  stop(): void;
}

/** A longer label would wrap the line, and a wrapped line cannot be taken back. */
const LABEL_CHARACTERS = 40;

const SILENT: ProgressBar = { update: () => undefined, clear: () => undefined, stop: () => undefined };

/** Draws a bar for work that takes longer than a moment. */
export function createProgressBar(firstTotal: number, unit: string): ProgressBar {
  if (!process.stderr.isTTY || firstTotal <= 0) return SILENT;
  let total = firstTotal;
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${unit} · {eta_formatted} left · {label}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is ours: the library would end the process before workers and files are seen to.
    gracefulExit: false,
    stream: process.stderr,
  });
  let started = false;
  let ended = false;
  // Whatever ends the process, the terminal gets its cursor back.
  const stop = (): void => {
    process.off('exit', stop);
    if (started && !ended) bar.stop();
    ended = true;
  };
  return {
    update: (done, label, newTotal = total) => {
      if (ended) return;
      if (!started) {
        bar.start(total, 0, { label: '' });
        process.once('exit', stop);
      }
      started = true;
      if (newTotal !== total) bar.setTotal(newTotal);
      total = newTotal;
      bar.update(Math.min(Math.round(done), total), {
        label: printable(basename(label)).slice(0, LABEL_CHARACTERS),
      });
    },
    clear: () => {
      if (process.stderr.isTTY && started && !ended) process.stderr.write('\r\x1b[2K');
    },
    stop,
  };
}
