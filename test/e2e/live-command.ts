import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CLI } from './cli.js';

/** The built `ecapa` with its standard input in the test's hands. */
export class Live {
  readonly #child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly ended: Promise<{ readonly code: number | null }>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child.stdin.on('error', () => undefined); // it may leave first
    this.ended = once(this.#child, 'close').then(([code]) => ({ code: code as number | null }));
  }

  /** Writes a piece and waits until there is room for the next, or nobody to read it. */
  async write(bytes: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    if (stdin.destroyed || stdin.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stdin.off('drain', done).off('close', done);
        resolve();
      };
      stdin.on('drain', done).on('close', done);
    });
  }

  end(): void {
    this.#child.stdin.end();
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Reads no more of its output. */
  hangUp(): void {
    this.#child.stdout.destroy();
  }

  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout)) {
      if (this.#child.exitCode !== null) assert.fail(`ended with ${this.#child.exitCode}: ${this.stderr}`);
      await Promise.race([once(this.#child.stdout, 'data'), this.ended]);
    }
  }
}
