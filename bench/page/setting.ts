/** What a run of the page works with. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateHead, locateModel } from '@ecapa/core';

export interface Setting {
  /** For files that are made and thrown away. */
  readonly folder: string;
  /** Another checkout, built, to compare with. */
  readonly before: string | undefined;
  /** A Python with PyTorch. */
  readonly python: string;
  /** Silero VAD as ONNX. */
  readonly silero: string | undefined;
  readonly hasFfmpeg: boolean;
}

export const NO_FFMPEG = 'there is no ffmpeg program';
export const MODEL = await locateModel();
export const HEAD = await locateHead();

/** The recordings that the repository comes with. */
export function sampleFiles(): string[] {
  const folder = fileURLToPath(new URL('../../test/fixtures/samples', import.meta.url));
  return readdirSync(folder).map((name) => join(folder, name));
}

/** Why there is no PyTorch to compare with; undefined where there is. */
export function lackOfPyTorch(python: string): string | undefined {
  const { status, stderr, error } = spawnSync(python, ['-c', 'import torch'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `no PyTorch in ${python} (PYTHON): ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}

/** What `ffmpeg -benchmark` reports for decoding a file to nothing, on one thread. */
export function ffmpegSeconds(path: string): number {
  const args = ['-benchmark', '-hide_banner', '-nostdin', '-threads', '1', '-i', path, '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', args, { encoding: 'utf8' });
  const found = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (found === null) throw new Error(`ffmpeg gave no times for ${path}: ${stderr.slice(-300)}`);
  return Number(found[1]) + Number(found[2]);
}

/** All sample recordings, one after the other, so many times, encoded by ffmpeg with `output`, its options and path. */
export function encodeSamples(times: number, ...output: readonly string[]): void {
  const files = sampleFiles();
  const streams = files.map((_, i) => `[${i}:a]aresample=44100,aformat=channel_layouts=stereo[a${i}]`);
  const joined = `${files.map((_, i) => `[a${i}]`).join('')}concat=n=${files.length}:v=0:a=1,aloop=${times - 1}:${2 ** 31 - 1}[out]`;
  const inputs = files.flatMap((file) => ['-i', file]);
  const args = ['-v', 'error', '-y', ...inputs, '-filter_complex', `${streams.join(';')};${joined}`];
  const { status, stderr } = spawnSync('ffmpeg', [...args, '-map', '[out]', ...output], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ffmpeg could not encode: ${stderr}`);
}
