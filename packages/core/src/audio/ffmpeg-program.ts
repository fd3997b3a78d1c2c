import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EcapaError } from '../errors.js';

const run = promisify(execFile);
/** For what a program does at once, on a busy machine. */
const PATIENCE_MILLISECONDS = 20_000;

/** What is wrong with a program that could not be started. */
export function notStarted(ffmpegPath: string, cause: unknown): EcapaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return decoderMissing(ffmpegPath, `this ffmpeg could not be started (${reason})`, cause);
}

/** Throws DECODER_MISSING when a program that has decoded nothing is not ffmpeg at all: the file is not at fault then. */
export async function expectFfmpeg(ffmpegPath: string): Promise<void> {
  const options = { timeout: PATIENCE_MILLISECONDS, killSignal: 'SIGKILL', windowsHide: true } as const;
  const { stdout } = await run(ffmpegPath, ['-version'], options).catch(() => ({ stdout: '' }));
  if (!stdout.startsWith('ffmpeg version'))
    throw decoderMissing(ffmpegPath, 'this program is not ffmpeg', undefined);
}

function decoderMissing(ffmpegPath: string, what: string, cause: unknown): EcapaError {
  const advice = 'Check the path, or leave it out to use the decoder that comes along.';
  return new EcapaError('DECODER_MISSING', `${ffmpegPath}: ${what}. ${advice}`, { file: ffmpegPath, cause });
}

/**
 * The time of the first audio that a file gives, by its own clock, in seconds. Undefined where ffmpeg tells none.
 *
 * @param input what names the file and its track to ffmpeg
 */
export async function firstFrameSeconds(
  ffmpegPath: string,
  input: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const parameters = [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-copyts'],
    ...input,
    ...['-vn', '-sn', '-dn', '-frames:a', '1', '-c:a', 'pcm_f32le', '-f', 'framecrc', 'pipe:1'],
  ];
  const options = { timeout: PATIENCE_MILLISECONDS, killSignal: 'SIGKILL', windowsHide: true } as const;
  // Its beginning is a nicety: what is wrong with the file is reported by decoding it.
  const { stdout } = await run(ffmpegPath, parameters, { ...options, signal }).catch(() => ({ stdout: '' }));
  const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)/m.exec(stdout) ?? [];
  const time = /^0, *-?\d+, *(-?\d+),/m.exec(stdout)?.[1];
  const seconds = (Number(time) * Number(numerator)) / Number(denominator);
  return Number.isFinite(seconds) ? seconds : undefined;
}
