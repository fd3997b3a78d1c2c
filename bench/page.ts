/**
 * The benchmark page: one Markdown table of this machine's figures beside what others take for the same, in one run and in
 * turns. Ratios are what counts; below 1 means that we take less. A few minutes.
 *
 *   pnpm --filter @ecapa/bench page [SECTION…] [--before CHECKOUT] [--silero FILE]
 *
 * Sections: network, decoding, voice-activity, first-verdict, short-files, hour. What is not there is skipped with its reason: an ffmpeg
 * program, PyTorch in the Python that PYTHON names (default python3), Silero VAD as ONNX (--silero, or SILERO_VAD).
 * `--before` compares with another, built checkout of this repository too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { firstVerdict, hour, shortFiles } from './page/commands.js';
import type { Row } from './page/compare.js';
import { decoding } from './page/decoding.js';
import { network } from './page/network.js';
import type { Setting } from './page/setting.js';
import { voiceActivity } from './page/voice-activity.js';

const SECTIONS: Readonly<Record<string, (setting: Setting) => Promise<Row[]>>> = {
  network,
  decoding,
  'voice-activity': voiceActivity,
  'first-verdict': firstVerdict,
  'short-files': shortFiles,
  hour,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { before: { type: 'string' }, silero: { type: 'string' } },
});
const unknown = positionals.find((name) => !Object.hasOwn(SECTIONS, name));
if (unknown !== undefined) {
  throw new RangeError(`there is no section "${unknown}", only ${Object.keys(SECTIONS).join(', ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
const from = process.env.INIT_CWD ?? process.cwd();
const silero = values.silero ?? process.env.SILERO_VAD;
const setting: Setting = {
  folder,
  before: values.before === undefined ? undefined : resolve(from, values.before),
  python: process.env.PYTHON || 'python3',
  silero: silero ? resolve(from, silero) : undefined,
  hasFfmpeg: spawnSync('ffmpeg', ['-version']).status === 0,
};
try {
  console.log(
    `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}\n`,
  );
  console.log('| what | ecapa | beside | ratio (least to most of the rounds) |\n| --- | --- | --- | --- |');
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for (const { what, ours, peer, ratio } of await section(setting)) {
      console.log(`| ${what} | ${ours} | ${peer} | ${ratio} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
