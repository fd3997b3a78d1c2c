import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wav, writeClips } from '../../../../test/e2e/sounds.js';

const SAMPLES = join(__dirname, '..', '..', '..', '..', 'test', 'fixtures', 'samples');

/** Where each sample goes in the folder of recordings. */
const PLACES = {
  'speech-announcement.mp3': 'interviews/announcement.mp3',
  'speech-radio-talk.flac': 'interviews/radio talk.flac',
  'music-band.mp3': 'music/band.mp3',
  'music-trio.m4a': 'music/trio.m4a',
  'noise-machine.ogg': 'field/machine.ogg',
  'noise-rain.opus': 'field/Regen – früh.opus',
};

/**
 * A folder such as somebody might have: sub-folders, names with spaces and other scripts, a broken file, a long recording, and
 * clips of three classes of their own.
 */
export async function makeRecordings(): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'ecapa-person-')), 'recordings');
  for (const name of ['interviews', 'music', 'field']) mkdirSync(join(folder, name), { recursive: true });
  for (const [sample, place] of Object.entries(PLACES))
    copyFileSync(join(SAMPLES, sample), join(folder, place));
  writeFileSync(join(folder, 'field', 'broken.mp3'), 'This was never audio.');
  writeFileSync(join(folder, 'notes.txt'), 'Recorded in November.\n');
  writeClips(join(folder, 'my sounds'), 5);
  await writeRadioHour(join(folder, 'radio hour.wav'));
  return folder;
}

/** Talk, music, an announcement, more music, rain: what a timeline is for. */
async function writeRadioHour(path: string): Promise<void> {
  const { decodeMono16k } = await import('@ecapa/core');
  const order = [
    'speech-radio-talk.flac',
    'music-band.mp3',
    'speech-announcement.mp3',
    'music-trio.m4a',
    'noise-rain.opus',
    'speech-radio-talk.flac',
  ];
  const blocks: Float32Array[] = [];
  for (const sample of order) {
    const decoding = await decodeMono16k(join(SAMPLES, sample));
    for await (const block of decoding.blocks) blocks.push(Float32Array.from(block));
  }
  const samples = blocks.flatMap((block) => [...block]);
  writeFileSync(
    path,
    wav(samples.length / 16_000, (i) => samples[i] ?? 0),
  );
}

/** Adds a folder of many short recordings: hums of different pitch, every `brokenEach`th not audio. */
export function addMany(folder: string, count: number, brokenEach: number): void {
  mkdirSync(folder, { recursive: true });
  for (let n = 0; n < count; n++) {
    const pitchHz = 100 + n;
    const bytes =
      n % brokenEach === brokenEach - 1
        ? Buffer.from('not audio')
        : wav(2, (i) => 0.3 * Math.sin((2 * Math.PI * pitchHz * i) / 16_000));
    writeFileSync(join(folder, `take ${String(n).padStart(4, '0')}.wav`), bytes);
  }
}
