import assert from 'node:assert/strict';
import { type EcapaError, isEcapaError } from '@ecapa/core';
import { failureText, parseFailure } from '../src/failure.js';
import { addressJob, jobId, parseJob } from '../src/job.js';
import { checkQueueName } from '../src/keys.js';
import { makeSettings, parseSettings, settingsId } from '../src/settings.js';

const file = { root: 'archive', path: 'a/b c.wav', size: 10, time: 1.5, settings: 'ab' };

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isEcapaError(error)) return error.code;
    throw error;
  }
  return 'none';
}

describe('job', () => {
  it('is the same for the same root, path, size, time and settings, whatever their order', () => {
    assert.match(jobId(file), /^[0-9a-f]{32}$/);
    assert.equal(
      jobId({ settings: 'ab', time: 1.5, size: 10, path: 'a/b c.wav', root: 'archive' }),
      jobId(file),
    );
    for (const change of [{ root: 'b' }, { path: 'c' }, { size: 11 }, { time: 2 }, { settings: 'c' }])
      assert.notEqual(jobId({ ...file, ...change }), jobId(file));
  });

  it('comes out as it went in, without what does not belong to it', () => {
    assert.deepEqual(parseJob({ ...file, command: 'rm' }), file);
    const address = { url: 'https://a.example/b.wav', settings: 'ab' };
    assert.deepEqual(parseJob({ ...address, path: '/etc/passwd' }), address);
  });

  it('holds no password', () => {
    const url = 'https://me:secret@a.example/b.wav';
    for (const make of [() => addressJob(url, 'ab'), () => parseJob({ url, settings: 'ab' })])
      assert.throws(
        make,
        ({ code, message }: EcapaError) =>
          code === 'JOB_INVALID' && /^https:\/\/a\.example\/b\.wav: /.test(message),
      );
  });

  it('is refused when it names a place outside the root, or is not of the right form', () => {
    for (const path of [
      '/etc/passwd',
      '../a.wav',
      'a/../../b.wav',
      '..',
      'a/..',
      '..\\a.wav',
      '\\\\server\\share',
      'C:\\a.wav',
      'c:a.wav',
      'a\0.wav',
      '',
      'x'.repeat(5000),
      7,
      null,
      ['a.wav'],
    ])
      assert.equal(
        codeOf(() => parseJob({ ...file, path })),
        'JOB_INVALID',
        String(path),
      );
    for (const wrong of [
      null,
      'job',
      7,
      {},
      { ...file, size: '10' },
      { ...file, time: Number.NaN },
      { ...file, root: '' },
    ])
      assert.equal(
        codeOf(() => parseJob(wrong)),
        'JOB_INVALID',
      );
  });

  it('may have dots in its names', () => {
    for (const path of ['a..b.wav', '...', 'a/.../b', '.hidden/..a'])
      assert.equal(parseJob({ ...file, path }).settings, 'ab');
  });

  it('keeps the reason of its failure, and has one where BullMQ gave up', () => {
    const failure = { code: 'READ_FAILED', message: '/a: no.' } as const;
    const text = failureText(
      '/a',
      Object.assign(new Error('/a: no.'), { ecapaError: true, code: 'READ_FAILED' }),
    );
    assert.deepEqual(parseFailure(text, file), { file: '/a', failure });
    const given = parseFailure('job stalled more than allowable limit', file);
    assert.equal(given.file, 'archive/a/b c.wav');
    assert.equal(given.failure.code, 'WORKER_CRASHED');
    assert.match(
      given.failure.message,
      /^archive\/a\/b c.wav: job stalled more than allowable limit\. .*Submit/,
    );
    assert.equal(
      parseFailure('{"file":"/a","code":"RM_RF","message":""}', undefined).failure.code,
      'WORKER_CRASHED',
    );
  });
});

describe('queue name', () => {
  it('cannot reach keys of other queues', () => {
    for (const name of ['', 'a:b', 'a b', '*', '.a', 'x'.repeat(65)])
      assert.throws(() => checkQueueName(name), RangeError);
    for (const name of ['a', 'archive-2026.1_b']) checkQueueName(name);
  });
});

describe('batch settings', () => {
  it('name model and head by their hashes, and come back only when nothing was changed', async () => {
    const settings = await makeSettings({ task: 'timeline', options: { windowSeconds: 2 } });
    const id = settingsId(settings);
    assert.match(settings.model.sha256, /^[0-9a-f]{64}$/);
    assert.match(settings.head.sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(parseSettings(JSON.stringify(settings), id), settings);
    const changed: readonly (object | null)[] = [
      { ...settings, task: 'classify' },
      { ...settings, version: settings.version + 1 },
      { ...settings, options: { windowSeconds: 3 } },
      { ...settings, head: { ...settings.head, sha256: '0'.repeat(64) } },
      { ...settings, task: 'exec' },
      { ...settings, options: { ffmpegPath: '/bin/sh' } },
      { ...settings, options: [] },
      { ...settings, model: { id: '../x', sha256: 'short' } },
      null,
    ];
    for (const wrong of changed)
      assert.equal(
        codeOf(() => parseSettings(wrong === null ? null : JSON.stringify(wrong), id)),
        'JOB_INVALID',
      );
    assert.equal(
      codeOf(() => parseSettings('{', id)),
      'JOB_INVALID',
    );
  });

  it('are refused before anything is submitted', async () => {
    await assert.rejects(makeSettings({ task: 'timeline', options: { windowSeconds: 0 } }), RangeError);
    await assert.rejects(makeSettings({ task: 'classify', head: 'no-such-head' }), {
      code: 'HEAD_NOT_FOUND',
    });
    await assert.rejects(makeSettings({ task: 'classify', model: 'no-such-model' }), {
      code: 'MODEL_NOT_FOUND',
    });
  });
});
