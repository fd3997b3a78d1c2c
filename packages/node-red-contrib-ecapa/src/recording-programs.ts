import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Source } from './recorder.js';

/** A program with its arguments; no shell takes part. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Device {
  readonly id: string;
  readonly description: string;
}

/** Time that a program has to end after SIGTERM. */
const GRACE_MILLISECONDS = 2000;
const LIST_MILLISECONDS = 5000;
const LAST_WORDS_CHARACTERS = 300;

/** Programs that record from a microphone, the best one for each system first; all write 16-bit mono PCM. */
function microphoneCommands(rateHz: number, device: string): readonly Command[] {
  const rate = String(rateHz);
  const sox = (type: string): Command => ({
    program: 'sox',
    args: [
      '-q',
      '-t',
      type,
      device || 'default',
      '-t',
      'raw',
      '-r',
      rate,
      '-b',
      '16',
      '-e',
      'signed',
      '-c',
      '1',
      '-',
    ],
  });
  const ffmpeg = (format: string, name: string): Command => ({
    program: 'ffmpeg',
    args: ['-hide_banner', '-nostdin', '-loglevel', 'error', '-f', format, '-i', name, ...rawOutput(rate)],
  });
  if (process.platform === 'darwin')
    return [sox('coreaudio'), ffmpeg('avfoundation', `:${device || 'default'}`)];
  if (process.platform === 'win32') return [ffmpeg('dshow', `audio=${device}`), sox('waveaudio')];
  return [
    {
      program: 'arecord',
      args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', rate, '-c', '1', ...(device ? ['-D', device] : [])],
    },
    {
      program: 'parec',
      args: [
        '--raw',
        '--format=s16le',
        `--rate=${rate}`,
        '--channels=1',
        ...(device ? [`--device=${device}`] : []),
      ],
    },
    sox('alsa'),
    ffmpeg('alsa', device || 'default'),
  ];
}

function rawOutput(rate: string): readonly string[] {
  return ['-vn', '-sn', '-dn', '-f', 's16le', '-ar', rate, '-ac', '1', 'pipe:1'];
}

/** The command that records from a microphone here. Throws when there is none, naming what to install. */
export function microphoneCommand(rateHz: number, device: string): Command {
  const commands = microphoneCommands(rateHz, device);
  const found = commands.find(({ program }) => isInstalled(program));
  if (found !== undefined) return found;
  const names = commands.map(({ program }) => program).join(', ');
  throw new Error(`no program to record with: install one of ${names} (on Debian: apt install alsa-utils)`);
}

/** A system ffmpeg on a live stream, such as a camera's. Throws where there is none. */
export function streamCommand(address: string, rateHz: number): Command {
  if (!isInstalled('ffmpeg'))
    throw new Error('no ffmpeg is installed, which this address needs (on Debian: apt install ffmpeg)');
  const transport = address.startsWith('rtsp') ? ['-rtsp_transport', 'tcp'] : [];
  return {
    program: 'ffmpeg',
    args: [
      '-hide_banner',
      '-nostdin',
      '-loglevel',
      'error',
      ...transport,
      '-i',
      address,
      ...rawOutput(String(rateHz)),
    ],
  };
}

/** Runs a program whose standard output is the sound. Its last line on standard error is the reason it ended. */
export function processSource(
  command: () => Command,
  hide: (text: string) => string = (text) => text,
): Source {
  return async (signal, onAudio) => {
    const { program, args } = command();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let lastWords = '';
    child.stdout.on('data', onAudio);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS);
    });
    const release = endWith(child, signal);
    try {
      const how = await new Promise<string>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('close', (code, killer) =>
          resolve(killer === null ? `exit code ${code}` : `signal ${killer}`),
        );
      });
      const lastLine = hide(lastWords.trim().split('\n').at(-1) ?? '');
      return `${program}: ${lastLine === '' ? how : `${lastLine} (${how})`}`;
    } finally {
      release();
    }
  };
}

/** Ends the child when the signal is aborted: with SIGTERM, then SIGKILL. Returns a function that removes the listeners. */
function endWith(child: ChildProcess, signal: AbortSignal): () => void {
  let force: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    force = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS);
  };
  // Node-RED that ends without closing its nodes takes the recorder with it.
  const leave = (): void => void child.kill('SIGKILL');
  process.once('exit', leave);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => {
    clearTimeout(force);
    signal.removeEventListener('abort', end);
    process.removeListener('exit', leave);
  };
}

/** Microphones that the system lists; none when it has no program for that. */
export async function listDevices(): Promise<readonly Device[]> {
  const run = async (program: string, args: readonly string[]): Promise<string> => {
    if (!isInstalled(program)) return '';
    const options = { timeout: LIST_MILLISECONDS, windowsHide: true };
    const { stdout, stderr } = await promisify(execFile)(program, args, options).catch(
      (error: { stdout?: string; stderr?: string }) => ({
        stdout: error.stdout ?? '',
        stderr: error.stderr ?? '',
      }),
    );
    return `${stdout}\n${stderr}`;
  };
  if (process.platform === 'linux') {
    const alsa = parseAlsaDevices(await run('arecord', ['-L']));
    return alsa.length > 0 ? alsa : parsePulseSources(await run('pactl', ['list', 'short', 'sources']));
  }
  const format = process.platform === 'darwin' ? 'avfoundation' : 'dshow';
  return parseFfmpegDevices(
    await run('ffmpeg', ['-hide_banner', '-f', format, '-list_devices', 'true', '-i', 'dummy']),
  );
}

/** `arecord -L`: a name at the start of a line, what it is in the indented lines below. */
export function parseAlsaDevices(text: string): readonly Device[] {
  const blocks = text.split(/\n(?=\S)/).map((block) => block.split('\n').map((line) => line.trim()));
  return blocks.flatMap(([id = '', ...about]) =>
    id === '' || id === 'null' ? [] : [{ id, description: about.filter(Boolean).join(', ') || id }],
  );
}

/** `pactl list short sources`: number, name and format, with tabs between. Monitors are what loudspeakers play. */
export function parsePulseSources(text: string): readonly Device[] {
  return text.split('\n').flatMap((line) => {
    const [, id, , format = ''] = line.split('\t');
    return id ? [{ id, description: format ? `${id} (${format})` : id }] : [];
  });
}

/** ffmpeg's list of audio devices: `[…] [0] Name` after a headline (macOS), or `"Name" (audio)` (Windows). */
export function parseFfmpegDevices(text: string): readonly Device[] {
  const windows = [...text.matchAll(/"([^"]+)" \(audio\)/g)].map(([, name = '']) => ({
    id: name,
    description: name,
  }));
  if (windows.length > 0) return windows;
  const audio = text.split(/audio devices:/i)[1] ?? '';
  return [...audio.matchAll(/\] \[(\d+)\] (.+)/g)].map(([, id = '', name = '']) => ({
    id,
    description: name.trim(),
  }));
}

function isInstalled(program: string): boolean {
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) =>
    names.some((name) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}
