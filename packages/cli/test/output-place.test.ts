import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isEcapaError } from '@ecapa/core';
import { findOutputPlace, type OutputPlace, type OutputRequest } from '../src/terminal/output-place.js';

describe('output place', () => {
  let folder: string;
  const at = (...parts: string[]): string => join(folder, ...parts);
  const place = (files: readonly string[], request: Partial<OutputRequest> = {}): Promise<OutputPlace> =>
    findOutputPlace({
      output: undefined,
      names: files,
      files,
      journal: undefined,
      ending: '.speech.wav',
      isParts: false,
      ...request,
    });

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ecapa-place-')));
    await mkdir(at('a'));
    await mkdir(at('b'));
    for (const file of ['a/talk.mp3', 'b/talk.flac', 'b/Talk.wav', 'talk.wav', 'talk.speech.wav'])
      await writeFile(at(file), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives each recording a name of its own, whatever it is asked first', async () => {
    const files = [at('a/talk.mp3'), at('b/talk.flac'), at('b/Talk.wav')];
    const { isFolder, pathOf } = await place(files, { output: at('parts') });
    assert.equal(isFolder, true);
    assert.deepEqual(files.toReversed().map(pathOf), [
      at('parts', 'Talk-3.speech.wav'),
      at('parts', 'talk-2.speech.wav'),
      at('parts', 'talk.speech.wav'),
    ]);
  });

  it('never names a file that is read: a recording, what a link stands for, or the journal', async () => {
    const files = [at('talk.wav'), at('talk.speech.wav')];
    assert.equal(
      basename((await place(files, { output: folder })).pathOf(at('talk.wav'))),
      'talk-2.speech.wav',
    );
    await symlink(at('a/talk.mp3'), at('talk-2.speech.wav'));
    const linked = await place([...files, at('talk-2.speech.wav')], { output: folder });
    assert.equal(basename(linked.pathOf(at('talk.wav'))), 'talk-3.speech.wav');
    const journaled = await place([at('a/talk.mp3'), at('b/talk.flac')], {
      output: folder,
      journal: at('talk.speech.wav'),
    });
    assert.equal(basename(journaled.pathOf(at('a/talk.mp3'))), 'talk-2.speech.wav');
  });

  it('keeps parts of one recording from those of another, and from parts that are read', async () => {
    const files = [at('talk.wav'), at('a/talk.mp3'), at('talk.speech.00000.000-00001.500.wav')];
    const { stemOf } = await place(files, { output: folder, ending: '.speech', isParts: true });
    assert.deepEqual(files.map(stemOf), ['talk-2', 'talk-3', 'talk.speech.00000.000-00001.500']);
  });

  it('refuses to replace the recording or the journal', async () => {
    await symlink(at('a/talk.mp3'), at('link.mp3'));
    for (const output of ['a/talk.mp3', 'b/../a/talk.mp3', 'link.mp3']) {
      await assert.rejects(place([at('a/talk.mp3')], { output: at(output) }), {
        name: 'RangeError',
        message: /is the recording itself/,
      });
    }
    await assert.rejects(
      place([at('a/talk.mp3')], { output: at('new.journal'), journal: at('new.journal') }),
      { name: 'RangeError', message: /is the journal/ },
    );
  });

  it('takes for a folder what is one, ends like one, or is given for a folder or several files', async () => {
    const one = [at('a/talk.mp3')];
    const cases: [string, readonly string[], readonly string[], boolean][] = [
      ['b', one, one, true],
      ['new/', one, one, true],
      ['new.csv', [at('a')], one, true],
      ['new.csv', [...one, at('b/talk.flac')], [...one, at('b/talk.flac')], true],
      ['new.csv', one, one, false],
    ];
    for (const [output, names, files, isFolder] of cases) {
      const found = await place(files, { output: `${folder}/${output}`, names });
      assert.equal(found.isFolder, isFolder, `${output} for ${names.join(' ')}`);
    }
  });

  it('misses the folder of a file before anything is analysed', async () => {
    for (const output of [at('no', 'where.csv'), at('talk.wav', 'where.csv')]) {
      await assert.rejects(
        place([at('a/talk.mp3')], { output }),
        (error) => isEcapaError(error) && error.code === 'WRITE_FAILED',
      );
    }
  });
});
