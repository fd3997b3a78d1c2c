import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { wav } from '../../../../test/e2e/sounds.js';
import { extension, workspaceFolder } from '../host/suite/workspace.js';

const FILES = 500;
const SECONDS_EACH = 2;
const RESOLUTION_MS = 1;

/** What the extension host calls: measures its own event loop, idle and while a folder is classified. */
export async function run(): Promise<void> {
  const { exports: api } = await extension();
  const folder = join(workspaceFolder(), 'measured');
  mkdirSync(folder);
  for (let n = 0; n < FILES; n++)
    writeFileSync(
      join(folder, `${n}.wav`),
      wav(SECONDS_EACH, (i) => 0.3 * Math.sin((2 * Math.PI * (100 + n) * i) / 16_000)),
    );
  const idle = await eventLoopDelayDuring(() => new Promise((resolve) => setTimeout(resolve, 10_000)));
  // Workers, model and head are loaded on first use: the folder is measured as everyday use sees it.
  const folderUri = vscode.Uri.file(folder);
  const classifying = await eventLoopDelayDuring(async () => {
    await vscode.commands.executeCommand('ecapa.classifyFolder', folderUri);
  });
  const done = api.store.all().filter(({ state }) => state === 'done').length;
  if (done !== FILES) throw new Error(`${done} of ${FILES} files were classified`);
  const report = {
    files: FILES,
    secondsOfAudioEach: SECONDS_EACH,
    idle,
    classifying,
    hostMemoryMegabytes: Math.round(process.memoryUsage().rss / 1e6),
  };
  writeFileSync(process.env.ECAPA_MEASURE_FILE ?? '', JSON.stringify(report));
}

/** How much later than wanted a timer of one millisecond came, in milliseconds. */
async function eventLoopDelayDuring(work: () => Promise<void>): Promise<Record<string, number>> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const before = performance.eventLoopUtilization();
  const started = performance.now();
  histogram.enable();
  await work();
  histogram.disable();
  const delay = (nanoseconds: number): number => round(nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    delayP50Ms: delay(histogram.percentile(50)),
    delayP99Ms: delay(histogram.percentile(99)),
    delayMaxMs: delay(histogram.max),
    utilization: round(performance.eventLoopUtilization(before).utilization),
    wallSeconds: round((performance.now() - started) / 1000),
  };
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
