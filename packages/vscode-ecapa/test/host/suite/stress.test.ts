import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { wav } from '../../../../../test/e2e/sounds.js';
import type { EcapaApi } from '../../../src/extension.js';
import { extension, freshFolder, until } from './workspace.js';

/** Every file of the same pitch has the same bytes, which are made once. */
const hums = Array.from({ length: 16 }, (_, n) =>
  wav(0.25, (i) => 0.3 * Math.sin((2 * Math.PI * (150 + 60 * n) * i) / 16_000)),
);

/** Writes recordings of a quarter of a second, every `brokenEach`th not audio, and returns their URIs. */
function addHums(folder: string, count: number, brokenEach: number): vscode.Uri[] {
  return Array.from({ length: count }, (_, n) => {
    const path = join(folder, `take ${n} – Aufnahme 録音.wav`);
    const isBroken = n % brokenEach === brokenEach - 1;
    writeFileSync(path, isBroken ? 'not audio' : (hums[n % hums.length] ?? ''));
    return vscode.Uri.file(path);
  });
}

/** How many of the files are in each state. */
function states({ store }: EcapaApi, files: readonly vscode.Uri[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const file of files) {
    const state = store.get(file.toString())?.state ?? 'unknown';
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

function workerProcesses(): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent] = /^\s*(\d+)\s+(\d+)\s.*ecapa-worker/.exec(line) ?? [];
    return Number(parent) === process.pid ? [Number(pid)] : [];
  });
}

describe('folders with very many files', function () {
  this.timeout(300_000);
  let api: EcapaApi;
  before(async () => {
    api = (await extension()).exports;
  });

  it('500 files, broken ones and a loop of links among them, leave the host free', async () => {
    const folder = freshFolder('stress 500');
    const files = addHums(folder, 500, 25);
    symlinkSync(folder, join(folder, 'loop'));
    const before = performance.eventLoopUtilization();
    await vscode.commands.executeCommand('ecapa.classifyFolder', vscode.Uri.file(folder));
    const { utilization } = performance.eventLoopUtilization(before);
    assert.deepEqual(states(api, files), { done: 480, failed: 20 });
    assert.ok(utilization < 0.7, `the host's event loop was busy for ${Math.round(100 * utilization)} %`);
    rmSync(folder, { recursive: true });
  });

  it('5,000 files come to an end, each with its result', async () => {
    const folder = freshFolder('stress 5000');
    const files = addHums(folder, 5000, 50);
    await vscode.commands.executeCommand('ecapa.classifyFolder', vscode.Uri.file(folder));
    assert.deepEqual(states(api, files), { done: 4900, failed: 100 });
    rmSync(folder, { recursive: true });
  });

  it('a worker killed at work costs no file its result', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = freshFolder('stress killed');
    const files = addHums(folder, 200, 201);
    const run = vscode.commands.executeCommand('ecapa.classifyFolder', vscode.Uri.file(folder));
    await until('half are done', () => (states(api, files).done ?? 0) > 60, 60);
    const killed = workerProcesses();
    assert.ok(killed.length > 0);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await run;
    const { done = 0, failed = 0, ...others } = states(api, files);
    assert.deepEqual(others, {});
    // The file that it was at may count as failed; the others were given to its successor.
    assert.equal(done + failed, 200);
    assert.ok(failed <= killed.length, `${failed} failed`);
    assert.ok(!workerProcesses().some((pid) => killed.includes(pid)));
    rmSync(folder, { recursive: true });
  });
});
