import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EcapaError, isEcapaError } from '../../src/errors.js';
import type { ContentStamp } from '../../src/host/file-stamp.js';
import { BatchJournal, journalLine, parseJournalLine } from '../../src/host/journal.js';
import { processFiles } from '../../src/host/process-files.js';
import { type BatchIdentity, remembered, sortLeastSure } from '../../src/host/remembered.js';
import { TIMELINE_VERSION, type TimelineIdentity, timelineIdentity } from '../../src/timeline/identity.js';

const IDENTITY: BatchIdentity = {
  task: 'test',
  modelSha256: 'm',
  head: { w: Float64Array.of(1, 2) },
  settings: { b: 1, a: 2 },
};

describe('processFiles with a journal', () => {
  let folder: string;
  let files: string[];
  let journalPath: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-batch-'));
    journalPath = join(folder, 'journal.jsonl');
    files = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const file = join(folder, `${i}.wav`);
        await writeFile(file, `audio ${i}`);
        return file;
      }),
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Processes files with the journal; `done` lists the files that `work` was called for. */
  async function run(
    options: { readonly identity?: BatchIdentity; readonly concurrency?: number } = {},
    list = files,
    work?: (file: string) => Promise<string>,
  ) {
    const journal = await BatchJournal.open<string>(journalPath);
    const done: string[] = [];
    const outcomes = [];
    try {
      const each = async (file: string): Promise<string> => {
        done.push(file);
        return work === undefined ? `result of ${await readFile(file, 'utf8')}` : work(file);
      };
      const { identity = IDENTITY, concurrency = 3 } = options;
      const outcomesAsTheyCome = processFiles(list, remembered(journal, identity, each), { concurrency });
      for await (const outcome of outcomesAsTheyCome) outcomes.push(outcome);
    } finally {
      await journal.close();
    }
    return { outcomes, done };
  }

  it('does every file once, and nothing again on the next run', async () => {
    const first = await run();
    assert.deepEqual(first.done.toSorted(), files.toSorted());
    assert.deepEqual(first.outcomes.map((outcome) => outcome.file).toSorted(), files.toSorted());
    const second = await run();
    assert.deepEqual(second.done, []);
    for (const outcome of second.outcomes) {
      assert.equal('value' in outcome && outcome.value, `result of ${await readFile(outcome.file, 'utf8')}`);
    }
  });

  it('does again what depends on something that changed, and only that', async () => {
    await run();
    await writeFile(files[3] ?? '', 'other audio');
    assert.deepEqual((await run()).done, [files[3]]);
    await utimes(files[4] ?? '', 1, 1); // touched, but of the same content
    assert.deepEqual((await run()).done, []);
    for (const change of [
      { task: 'x' },
      { modelSha256: 'x' },
      { head: { w: Float64Array.of(1, 3) } },
      { settings: { a: 2, b: 3 } },
    ]) {
      assert.equal(
        (await run({ identity: { ...IDENTITY, ...change } })).done.length,
        files.length,
        JSON.stringify(change),
      );
    }
    assert.equal((await run({ identity: { ...IDENTITY, settings: { a: 2, b: 1 } } })).done.length, 0);
  });

  it('never takes a file for another one that was equally named, long and old', async () => {
    const home = process.cwd();
    const folders = [join(folder, 'monday'), join(folder, 'tuesday')];
    try {
      const reported: unknown[] = [];
      for (const day of folders) {
        await mkdir(day);
        await writeFile(join(day, 'take.wav'), day === folders[0] ? 'a talk' : 'a song');
        await utimes(join(day, 'take.wav'), 1e9, 1e9);
        process.chdir(day);
        const { outcomes } = await run({}, ['take.wav']);
        reported.push(...outcomes.map((outcome) => 'value' in outcome && outcome.value));
      }
      assert.deepEqual(reported, ['result of a talk', 'result of a song']);
      assert.deepEqual((await run({}, [join(folders[1] ?? '', 'take.wav')])).done, []);
    } finally {
      process.chdir(home);
    }
    // The same path, size and time of modification, but written again.
    const file = files[0] ?? '';
    for (const content of ['a talk', 'a song']) {
      await writeFile(file, content);
      await utimes(file, 1e9, 1e9);
      const [outcome] = (await run({}, [file])).outcomes;
      assert.ok(outcome !== undefined && 'value' in outcome && outcome.value === `result of ${content}`);
    }
  });

  it('reads the journals of older programs, but believes none of their stamps', async () => {
    await utimes(files[2] ?? '', 1e9, 1e9);
    await run();
    const lines = (await readFile(journalPath, 'utf8')).trim().split('\n');
    const older = lines.map((line) => {
      const { stamp, ...entry } = JSON.parse(line);
      return JSON.stringify({ ...entry, stamp: { ...stamp, changedMs: undefined, inode: undefined } });
    });
    await writeFile(journalPath, `${older.join('\n')}\n`);
    await writeFile(files[2] ?? '', 'music 2'); // as long as what was there
    await utimes(files[2] ?? '', 1e9, 1e9);
    assert.deepEqual((await run()).done, [files[2]]);
  });

  it('does files of equal content once, also when they run side by side', async () => {
    for (const file of files) await writeFile(file, 'the same');
    const { outcomes, done } = await run();
    assert.equal(done.length, 1);
    assert.equal(outcomes.length, files.length);
    assert.ok(outcomes.every((outcome) => 'value' in outcome && outcome.value === 'result of the same'));
  });

  it('reports outcomes as they come, some at a time', async () => {
    let running = 0;
    let most = 0;
    let left = files.length;
    const { outcomes } = await run({}, files, async (file) => {
      most = Math.max(most, ++running);
      while (most < 3 || (file === files[0] && left > 1)) await sleep(1); // the first one is done last
      running--;
      left--;
      return file;
    });
    assert.equal(most, 3);
    assert.notEqual(outcomes[0]?.file, files[0]);
  });

  it("keeps a file's own fault, tries others again, and stops for what concerns all", async () => {
    const failing = (code: 'CORRUPT_AUDIO' | 'WORKER_CRASHED' | 'CANCELLED') => async (file: string) => {
      if (file === files[5]) throw new EcapaError(code, `${file}: no`, { file });
      return file;
    };
    const crashed = await run({}, files, failing('WORKER_CRASHED'));
    assert.equal(crashed.outcomes.filter((outcome) => 'error' in outcome).length, 1);
    const corrupt = await run({}, files, failing('CORRUPT_AUDIO'));
    assert.deepEqual(corrupt.done, [files[5]]);
    const again = await run();
    assert.deepEqual(again.done, []);
    const remembered = again.outcomes.find((outcome) => outcome.file === files[5]);
    assert.ok(remembered !== undefined && 'error' in remembered && remembered.error.code === 'CORRUPT_AUDIO');
    await rm(journalPath);
    await assert.rejects(
      run({}, files, failing('CANCELLED')),
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
    await assert.rejects(
      run({}, files, () => Promise.reject(new TypeError('a bug'))),
      TypeError,
    );
    const missing = await run({}, [...files, join(folder, 'gone.wav'), folder]);
    const codes = missing.outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error.code] : []));
    assert.deepEqual(codes.toSorted(), ['FILE_NOT_FOUND', 'IS_DIRECTORY']);
    await assert.rejects(run({ concurrency: 0 }), /concurrency/);
  });

  it('tries a recording again with another decoder, or when timelines are made otherwise', async () => {
    const labels = ['music', 'speech'];
    const withSettings = (settings: TimelineIdentity): { readonly identity: BatchIdentity } => ({
      identity: { ...IDENTITY, settings },
    });
    const builtIn = timelineIdentity(labels, {});
    const undecodable = (file: string): Promise<string> =>
      Promise.reject(new EcapaError('UNSUPPORTED_CODEC', `${file}: name a full ffmpeg`, { file }));
    await run(withSettings(builtIn), files, undecodable);
    assert.deepEqual((await run(withSettings(builtIn))).done, [], 'there is nothing new to try');
    const ffmpegPath = '/usr/bin/ffmpeg';
    const named = await run(withSettings(timelineIdentity(labels, { ffmpegPath })));
    assert.deepEqual(named.done.toSorted(), files.toSorted());
    assert.ok(named.outcomes.every((outcome) => 'value' in outcome));

    // Options that are given equal to their defaults make the same identity.
    const spelledOut = timelineIdentity(labels, { ffmpegPath, windowSeconds: 1.5, sketch: false });
    assert.deepEqual((await run(withSettings(spelledOut))).done, []);
    for (const options of [{ windowSeconds: 2 }, { silence: false as const }, { sketch: true }]) {
      const other = timelineIdentity(labels, { ffmpegPath, ...options });
      assert.equal((await run(withSettings(other))).done.length, files.length, JSON.stringify(options));
    }
    const later = { ...spelledOut, version: TIMELINE_VERSION + 1 };
    assert.equal((await run(withSettings(later))).done.length, files.length);
  });

  it('gives a journal that a crash cut short back all it had, wherever the cut', async () => {
    await run();
    const whole = await readFile(journalPath);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let cut = lastLine; cut < whole.length; cut += 7) {
      await writeFile(journalPath, whole);
      await truncate(journalPath, cut);
      const journal = await BatchJournal.open<string>(journalPath);
      assert.equal(journal.size, files.length - 1);
      await journal.close();
      assert.equal((await run()).done.length, 1);
      assert.equal((await run()).done.length, 0);
    }
  });

  it('survives being killed: nothing is lost, and only what was under way is done again', async () => {
    const source = (path: string) =>
      JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../src', path)).href);
    const log = join(folder, 'log.txt');
    const script = join(folder, 'victim.mts');
    await writeFile(
      script,
      `import { appendFileSync } from 'node:fs';
       import { processFiles } from ${source('host/process-files.ts')};
       import { remembered } from ${source('host/remembered.ts')};
       import { BatchJournal } from ${source('host/journal.ts')};
       const journal = await BatchJournal.open(${JSON.stringify(journalPath)});
       // The last ones take until it is killed, or it could be through before that.
       const last = ${JSON.stringify(files.slice(-2))};
       const work = async (file) => {
         await new Promise((done) => setTimeout(done, last.includes(file) ? 3_600_000 : 20));
         return file;
       };
       const identity = ${JSON.stringify({ task: 'kill', modelSha256: '', head: 0, settings: 0 })};
       const all = remembered(journal, identity, work);
       for await (const outcome of processFiles(${JSON.stringify(files)}, all, { concurrency: 2 })) {
         appendFileSync(${JSON.stringify(log)}, outcome.file + '\\n');
         process.stdout.write('.');
       }`,
    );
    const victim = spawn(
      process.execPath,
      ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise((resolve) => victim.once('exit', resolve));
    let dots = 0;
    for await (const chunk of victim.stdout) {
      dots += String(chunk).length;
      if (dots >= 4) victim.kill('SIGKILL');
    }
    await ended;
    const reported = (await readFile(log, 'utf8')).trim().split('\n');
    assert.ok(reported.length >= 4 && reported.length < files.length, `${reported.length} were reported`);
    const identity = { task: 'kill', modelSha256: '', head: 0, settings: 0 };
    const { done, outcomes } = await run({ identity }, files, async (file) => file);
    assert.equal(outcomes.length, files.length);
    assert.ok(
      reported.every((file) => !done.includes(file)),
      'what was reported is on record',
    );
    assert.ok(done.length >= files.length - reported.length - 2);
  });

  it('keeps outcomes on the disk, not in memory, and reads them when they are asked for', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const stamp = { sizeBytes: 1, modifiedMs: 1, changedMs: 1, inode: 1, sha256: '' };
    const count = 60;
    const megabyteEach = 2 ** 20;
    const value = (i: number): string => `ä${i}${'x'.repeat(megabyteEach)}`;
    const lines = await open(journalPath, 'a');
    for (let i = 0; i < count / 2; i++) {
      const entry = {
        format: 'ecapa-batch-1',
        key: `key ${i}`,
        file: '/f',
        stamp,
        outcome: { value: value(i) },
      };
      await lines.appendFile(`${JSON.stringify(entry)}\n`);
    }
    await lines.close();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const journal = await BatchJournal.open<string>(journalPath);
    try {
      for (let i = count / 2; i < count; i++)
        await journal.append({ key: `key ${i}`, file: `/${i}`, stamp, outcome: { value: value(i) } });
      collectGarbage();
      const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
      assert.ok(megabytes < count / 10, `${megabytes} MB for ${count} MB of outcomes`);
      assert.equal(journal.size, count);
      for (const i of [0, 7, count / 2 - 1, count / 2, count - 1])
        assert.deepEqual(await journal.outcome(`key ${i}`), { value: value(i) });
      assert.equal(await journal.outcome('another key'), undefined);
      // Written over by another program: not known any more, and no other file's verdict.
      await truncate(journalPath, 1000);
      assert.equal(await journal.outcome('key 7'), undefined);
    } finally {
      await journal.close();
    }
  });

  it('passes over failures that may pass, so that their files are done', async () => {
    const entry = { key: 'key 1', file: '/f', stamp: {} as ContentStamp, outcome: { value: 'done' } };
    const failure = { file: '/g', failure: { code: 'READ_FAILED', message: '/g: cannot be read.' } } as const;
    await writeFile(journalPath, journalLine(failure) + journalLine(entry) + journalLine(failure));
    const journal = await BatchJournal.open<string>(journalPath);
    try {
      assert.equal(journal.size, 1);
      assert.deepEqual(await journal.outcome('key 1'), { value: 'done' });
      assert.equal(journal.stamp('/g'), undefined);
    } finally {
      await journal.close();
    }
    assert.deepEqual(parseJournalLine(journalLine(failure)), { format: 'ecapa-batch-1', ...failure });
    assert.deepEqual(parseJournalLine(journalLine(entry)), { format: 'ecapa-batch-1', ...entry });
    for (const foreign of ['', 'null', '{}', '{"format":"ecapa-batch-1"}', '{"format":"other","file":"/f"}'])
      assert.equal(parseJournalLine(foreign), undefined);
  });

  it('leaves a file that is not a journal alone', async () => {
    for (const content of [
      '{"some":"json"}\n',
      'a song of ice\n',
      'no line end at all',
      '{',
      '{"format":"ecapa-head","id":"x"}',
      '{"format":"ecapa-batch-9"}\n',
    ]) {
      await writeFile(journalPath, content);
      await assert.rejects(
        BatchJournal.open(journalPath),
        (error) => isEcapaError(error) && error.code === 'WRITE_FAILED',
      );
      assert.equal(await readFile(journalPath, 'utf8'), content);
    }
    await rm(journalPath);
    await run();
    await appendFile(journalPath, 'garbage\n');
    await assert.rejects(BatchJournal.open(journalPath), /the line at byte \d+ is damaged/);
    for (const change of [
      { outcome: null },
      { outcome: {} },
      { outcome: { value: null } },
      { outcome: { error: 'no' } },
      { stamp: null },
      { file: 5 },
    ]) {
      const sound = { key: 'k', file: '/f', stamp: {} as ContentStamp, outcome: { value: 'done' } };
      await writeFile(journalPath, journalLine({ ...sound, ...change } as typeof sound));
      await assert.rejects(
        BatchJournal.open(journalPath),
        /the line at byte 0 is damaged/,
        JSON.stringify(change),
      );
    }
    await assert.rejects(
      BatchJournal.open(join(folder, 'none', 'x')),
      (error) => isEcapaError(error) && error.code === 'WRITE_FAILED',
    );
  });

  it('sorts the least sure first, failures last', () => {
    const items = [{ p: 0.9 }, { p: undefined }, { p: 0.4 }, { p: 0.7 }, { p: undefined }];
    assert.deepEqual(
      sortLeastSure(items, (item) => item.p).map((item) => item.p),
      [0.4, 0.7, 0.9, undefined, undefined],
    );
  });
});
