/** What a user waits for: the first verdict, many short files, an hour; each through the command. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRound, writeHours } from '../hours-of-mp3.js';
import { CLI, type Cost, costOf, MEGABYTE } from '../process-cost.js';
import { type Comparison, compare, type Row, skipped } from './compare.js';
import { ffmpegSeconds, lackOfPyTorch, NO_FFMPEG, type Setting, sampleFiles } from './setting.js';

const FILES = 240;
const CLIP_SECONDS = 3;
const CORES = 2;

const cliOf = (checkout: string): string => join(checkout, 'packages', 'cli', 'bin', 'ecapa.js');

/** The same beside another checkout, where one is named. */
async function besideBefore(
  before: string | undefined,
  cost: (cli: string) => Promise<number>,
  comparison: Pick<Comparison, 'what' | 'oursIs' | 'rounds'>,
): Promise<Row[]> {
  if (before === undefined) return [];
  const row = await compare({
    ...comparison,
    ours: () => cost(CLI),
    peer: () => cost(cliOf(before)),
    peerIs: (value) => `${before}, ${comparison.oursIs(value)}`,
  });
  return [row];
}

function wallSeconds(program: string, ...args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1));
  return (performance.now() - start) / 1000;
}

export async function firstVerdict({ before, python }: Setting): Promise<Row[]> {
  const [recording = ''] = sampleFiles().filter((file) => file.endsWith('.mp3'));
  const cost = async (cli: string): Promise<number> =>
    wallSeconds(process.execPath, cli, 'classify', '--json', recording);
  const what =
    'first verdict of `ecapa classify FILE`, from the start of the process to its end, by the clock';
  const oursIs = (seconds: number): string => `${seconds.toFixed(2)} s`;
  const rounds = 7;
  const besideNode = await compare({
    what,
    ours: () => cost(CLI),
    peer: () => wallSeconds(process.execPath, '-e', '0'),
    oursIs,
    peerIs: (seconds) => `Node alone (\`node -e 0\`), ${oursIs(seconds)}`,
    rounds,
  });
  return [
    besideNode,
    await besidePyTorch(python, { what, ours: () => cost(CLI), oursIs }),
    ...(await besideBefore(before, cost, { what, oursIs, rounds })),
  ];
}

async function besidePyTorch(
  python: string,
  { what, ours, oursIs }: Pick<Comparison, 'what' | 'ours' | 'oursIs'>,
): Promise<Row> {
  const lack = lackOfPyTorch(python);
  if (lack !== undefined) return skipped(what, lack);
  const peer = (): number => wallSeconds(python, '-c', 'import torch');
  const peerIs = (seconds: number): string => `\`import torch\` alone, ${oursIs(seconds)}`;
  return compare({ what, ours, peer, oursIs, peerIs, rounds: 3 });
}

export async function shortFiles({ folder, before, hasFfmpeg }: Setting): Promise<Row[]> {
  const what = `${FILES} MP3 files of ${CLIP_SECONDS} s, processor time`;
  if (!hasFfmpeg) return [skipped(what, NO_FFMPEG)];
  const round = encodeRound(folder);
  const clips = round.clips(CLIP_SECONDS);
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < FILES; i++) copyFileSync(clips[i % clips.length] ?? '', join(many, `${i}.mp3`));
  const files = readdirSync(many).map((name) => join(many, name));
  let byTheClock = 0;
  const cost = async (cli: string): Promise<number> => {
    const { processorSeconds, wallSeconds } = await costOf(['classify', '--json', many], cli);
    if (cli === CLI) byTheClock = Math.max(byTheClock, FILES / wallSeconds);
    return processorSeconds;
  };
  const oursIs = (seconds: number): string =>
    `${((CORES * FILES) / seconds).toFixed(0)} files a second of ${CORES} cores`;
  const row = await compare({
    what,
    ours: () => cost(CLI),
    peer: () =>
      files.slice(0, clips.length).reduce((sum, file) => sum + ffmpegSeconds(file), 0) *
      (FILES / clips.length),
    oursIs: (seconds) => `${oursIs(seconds)} (${byTheClock.toFixed(0)} by the clock at best)`,
    peerIs: (seconds) => `native ffmpeg, decoding alone, ${oursIs(seconds)}`,
    rounds: 3,
  });
  return [row, ...(await besideBefore(before, cost, { what, oursIs, rounds: 3 }))];
}

export async function hour({ folder, before, hasFfmpeg }: Setting): Promise<Row[]> {
  const what = 'a timeline of one hour of MP3, 44.1 kHz stereo, processor time';
  if (!hasFfmpeg) return [skipped(what, NO_FFMPEG)];
  const file = join(folder, 'hour.mp3');
  writeHours(file, encodeRound(folder).bytes, 1);
  const costs: Cost[] = [];
  const cost = async (cli: string): Promise<number> => {
    const cost = await costOf(['timeline', '--json', file], cli);
    if (cli === CLI) costs.push(cost);
    return cost.processorSeconds;
  };
  const oursIs = (seconds: number): string => `${seconds.toFixed(1)} s`;
  const row = await compare({
    what,
    ours: () => cost(CLI),
    peer: () => ffmpegSeconds(file),
    oursIs: (seconds) => {
      const most = Math.max(...costs.map(({ peakBytes }) => peakBytes)) / MEGABYTE;
      return `${oursIs(seconds)}, ${most.toFixed(0)} MB over all processes at most`;
    },
    peerIs: (seconds) => `native ffmpeg, decoding alone, ${oursIs(seconds)}`,
    rounds: 3,
  });
  return [row, ...(await besideBefore(before, cost, { what, oursIs, rounds: 2 }))];
}
