import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = fileURLToPath(new URL('../../packages/cli/bin/ecapa.js', import.meta.url));
export const SAMPLES = fileURLToPath(new URL('../fixtures/samples', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The Node to run on; this one otherwise. */
  readonly node?: string;
  readonly input?: Uint8Array;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Called with each piece of standard output; may end the program. */
  readonly onOutput?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built `ecapa` to its end. */
export function ecapa(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.node ?? process.execPath, [CLI, ...args], {
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.((signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}

/** A line of `--json` output: what any command may print for a file. */
export interface JsonLine {
  readonly file: string;
  readonly label?: string;
  readonly probability?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly durationSeconds?: number;
  readonly model?: string;
  readonly head?: string;
  readonly embedding?: readonly number[];
  readonly partial?: boolean;
  readonly endedBy?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The objects of a line-by-line JSON output. */
export function jsonLines(text: string): JsonLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);
}
