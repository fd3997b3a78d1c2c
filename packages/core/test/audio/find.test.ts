import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findAudioFiles } from '../../src/audio/find.js';
import { nativePath, shownPath, withByteEscapes } from '../../src/audio/native-path.js';
import { skip } from '../reference.js';
import { decodeAllMono, floatWav } from './fixtures.js';

describe('findAudioFiles', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-find-'));
    mkdirSync(join(folder, 'sub', 'deep'), { recursive: true });
    mkdirSync(join(folder, 'nothing'));
    for (const name of ['b.wav', 'A.MP3', 'notes.txt', 'sub/deep/c.flac', '[x].ogg'])
      writeFileSync(join(folder, name), '');
    symlinkSync(folder, join(folder, 'sub', 'loop'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const names = async (...inputs: string[]): Promise<string[]> =>
    (await findAudioFiles(inputs.map((name) => join(folder, name)))).map(
      (file) => `${file.path.slice(folder.length + 1)}${'error' in file ? ` ${file.error.code}` : ''}`,
    );

  it('finds audio in folders by extension, sorted, without following a loop', async () => {
    assert.deepEqual(
      await names('.'),
      ['A.MP3', '[x].ogg', 'b.wav', 'sub/deep/c.flac'].map((name) => name),
    );
  });

  it('looks into files without an extension, and into all when asked; counts what it passes over', async () => {
    const write = (name: string, content: string): void =>
      writeFileSync(join(folder, name), content, 'latin1');
    write('recording', 'RIFF\0\0\0\0WAVEfmt ');
    write('README', 'words');
    write('sound.bin', 'OggS\0\x02');
    write('film.wmv', '');
    const passedOver: string[] = [];
    const find = async (all: boolean): Promise<string[]> => {
      passedOver.length = 0;
      const onPassedOver = (path: string): unknown => passedOver.push(path.slice(folder.length + 1));
      const found = await findAudioFiles([folder], { all, onPassedOver });
      return found.map(({ path }) => path.slice(folder.length + 1));
    };
    const byName = ['A.MP3', '[x].ogg', 'b.wav', 'film.wmv', 'recording', 'sub/deep/c.flac'];
    assert.deepEqual(await find(false), byName);
    assert.deepEqual(passedOver.sort(), ['README', 'notes.txt', 'sound.bin']);
    assert.deepEqual(await find(true), [...byName.slice(0, 5), 'sound.bin', 'sub/deep/c.flac'].sort());
    assert.deepEqual(passedOver.sort(), ['README', 'notes.txt']);
  });

  it('takes files whose names are no UTF-8, which can then be opened', async function () {
    const bytes = Buffer.concat([
      Buffer.from(join(folder, 'nothing', 'Tür-')),
      Buffer.of(0xfc, 0x72),
      Buffer.from('.wav'),
    ]);
    try {
      writeFileSync(bytes, floatWav([0.5]));
    } catch {
      skip(this, 'no such names here');
    }
    const found = await findAudioFiles([join(folder, 'nothing')]);
    assert.deepEqual(
      found.map(({ path }) => Buffer.from(nativePath(path))),
      [bytes],
    );
    assert.equal((await decodeAllMono(found[0]?.path ?? '')).samples.length, 1);
    const address = `file://${join(folder, 'nothing')}/T%C3%BCr-%FCr.wav`;
    assert.equal(shownPath(found[0]?.path ?? ''), address);
    assert.equal((await decodeAllMono(address)).samples.length, 1);
    assert.equal((await decodeAllMono(new URL(address))).samples.length, 1);
    assert.equal(withByteEscapes(basename(found[0]?.path ?? '')), 'Tür-%FCr.wav');
    // As Node has it on a command line.
    const [named] = await findAudioFiles([bytes.toString()]);
    assert.equal(named?.path, found[0]?.path);
  });

  it('takes a named file whatever it is called, and each file once', async () => {
    assert.deepEqual(await names('notes.txt', 'b.wav', 'b.wav'), ['notes.txt', 'b.wav']);
  });

  it('takes globs, but a file that exists under the very name first', async () => {
    assert.deepEqual(await names('*.{wav,MP3}'), ['A.MP3', 'b.wav']);
    assert.deepEqual(await names('[x].ogg'), ['[x].ogg']);
  });

  it('reports what is wrong with a name', async () => {
    assert.deepEqual(await names('nothing', 'missing.wav', '*.opus'), [
      'nothing NO_AUDIO_FILES',
      'missing.wav FILE_NOT_FOUND',
      '*.opus FILE_NOT_FOUND',
    ]);
  });

  it('takes links to files, in folders and in globs, but hidden files only by name', async () => {
    symlinkSync(join(folder, 'b.wav'), join(folder, 'nothing', 'link.wav'));
    symlinkSync(join(folder, 'gone'), join(folder, 'nothing', 'broken.wav'));
    symlinkSync(join(folder, 'turn.wav'), join(folder, 'turn.wav'));
    mkdirSync(join(folder, 'nothing', 'folder.wav'));
    writeFileSync(join(folder, 'nothing', '.hidden.wav'), '');
    assert.deepEqual(await names('nothing'), ['nothing/broken.wav', 'nothing/link.wav']);
    assert.deepEqual(await names('nothing/l*.wav'), ['nothing/link.wav']);
    assert.deepEqual(await names('nothing/.hidden.wav'), ['nothing/.hidden.wav']);
    const [turn] = await findAudioFiles([join(folder, 'turn.wav')]);
    assert.match(turn !== undefined && 'error' in turn ? turn.error.message : '', /leads back to itself/);
  });

  it('reports a folder below that it may not read', async function () {
    if (process.getuid?.() === 0) {
      console.log('      skipped: root may read every folder');
      this.skip();
    }
    chmodSync(join(folder, 'sub'), 0);
    try {
      assert.deepEqual(await names('.'), ['A.MP3', '[x].ogg', 'b.wav', 'sub PERMISSION_DENIED']);
    } finally {
      chmodSync(join(folder, 'sub'), 0o700);
    }
  });
});
