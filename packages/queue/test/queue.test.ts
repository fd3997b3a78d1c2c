import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FoundFile, walkAudioFiles } from '@ecapa/core';
import { journalLine } from '@ecapa/core/host';
import { Worker } from 'bullmq';
import { cancelWaiting, purgeQueue } from '../src/cancel.js';
import { type CollectOptions, collect } from '../src/collect.js';
import { serverError } from '../src/connection.js';
import { failureText } from '../src/failure.js';
import { jobTitle, parseJob } from '../src/job.js';
import { BatchQueue } from '../src/queue.js';
import { type BatchSettings, makeSettings, settingsId } from '../src/settings.js';
import { queueStatus } from '../src/status.js';
import { type SubmitItem, type SubmitOptions, submit } from '../src/submit.js';
import { skipWithoutServer, startServer, type TestServer } from './redis.js';

/** What the stand-in for a worker makes of a job, as the collector writes it. */
function lineOf(title: string): string {
  if (title.includes('bad'))
    return journalLine({ file: `/${title}`, failure: { code: 'READ_FAILED', message: 'no' } });
  return journalLine(entryOf(title));
}

function entryOf(title: string): { key: string; file: string; stamp: never; outcome: { value: string } } {
  return {
    key: `key of ${title}`,
    file: `/${title}`,
    stamp: {} as never,
    outcome: { value: title.repeat(20) },
  };
}

describe('queue', function () {
  this.timeout(60_000);
  let server: TestServer;
  let queue: BatchQueue;
  let folder: string;
  let settings: BatchSettings;
  let number = 0;

  before(async function () {
    skipWithoutServer(this);
    server = await startServer();
    settings = await makeSettings({ task: 'classify' });
  });
  after(() => server?.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-queue-'));
    queue = await BatchQueue.open({ url: server.url, name: `test-${++number}` });
  });
  afterEach(async () => {
    await queue.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function* itemsOf(titles: readonly string[]): AsyncGenerator<SubmitItem> {
    for (const title of titles) yield { url: title };
  }

  const titles = (count: number, prefix = 'file'): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
  const add = (given: readonly string[], options: Partial<SubmitOptions> = {}) =>
    submit(queue, itemsOf(given), { settings, attempts: 1, ...options });

  /** Does all jobs that wait, without audio. */
  async function work(): Promise<void> {
    const worker = new Worker(
      queue.name,
      async (job) => {
        const title = jobTitle(parseJob(job.data));
        if (title.includes('bad')) {
          const error = Object.assign(new Error('no'), { ecapaError: true, code: 'READ_FAILED' });
          throw new Error(failureText(`/${title}`, error));
        }
        return entryOf(title);
      },
      {
        connection: queue.redis,
        concurrency: 20,
        lockDuration: 1000,
        stalledInterval: 1000,
        metrics: { maxDataPoints: 10 },
      },
    );
    worker.on('error', () => undefined); // lost connections are part of these tests
    while ((await queue.bull.getJobCountByTypes('waiting', 'active')) > 0) await sleep(5);
    await worker.close();
  }

  const output = (name = 'results.jsonl'): string => join(folder, name);
  const collectHere = (options: Partial<CollectOptions> = {}, from = queue) =>
    collect(from, { output: output(), claimJobs: 7, ...options });
  const linesOf = async (name?: string): Promise<string[]> =>
    (await readFile(output(name), 'utf8').catch(() => '')).split(/(?<=\n)/).filter((line) => line !== '');

  async function assertOnce(given: readonly string[], ...names: (string | undefined)[]): Promise<void> {
    const lines = (await Promise.all((names.length === 0 ? [undefined] : names).map(linesOf))).flat();
    assert.deepEqual(lines.sort(), given.map(lineOf).sort());
  }

  it('adds files once, and again when they have changed or the settings have', async () => {
    const root = { name: 'r', path: folder };
    await mkdir(join(folder, 'sub'));
    for (const name of ['a.wav', 'b.mp3', 'sub/c d.flac', 'notes.txt'])
      await writeFile(join(folder, name), name);
    const addFolder = (options: Partial<SubmitOptions> = {}) =>
      submit(queue, walkAudioFiles(folder), { settings, root, ...options });
    assert.deepEqual(await addFolder(), { added: 3, known: 0, failed: 0 });
    assert.deepEqual(await addFolder(), { added: 0, known: 3, failed: 0 });
    await writeFile(join(folder, 'a.wav'), 'longer');
    await utimes(join(folder, 'b.mp3'), 1, 1);
    assert.deepEqual(await addFolder(), { added: 2, known: 1, failed: 0 });
    const timeline = await makeSettings({ task: 'timeline' });
    assert.deepEqual(await addFolder({ settings: timeline }), { added: 3, known: 0, failed: 0 });
    const jobs = await queue.bull.getJobs(['waiting']);
    const { size, mtimeMs: time } = await stat(join(folder, 'sub/c d.flac'));
    const expected = { root: 'r', path: 'sub/c d.flac', size, time, settings: settingsId(settings) };
    assert.equal(jobs.length, 8);
    assert.ok(jobs.some(({ data }) => JSON.stringify(data) === JSON.stringify(expected)));
  });

  it('adds files whose names are no UTF-8', async function () {
    if (process.platform !== 'linux') this.skip(); // other systems refuse such names
    await writeFile(
      Buffer.concat([Buffer.from(join(folder, 'a')), Buffer.of(0xff), Buffer.from('.wav')]),
      'a',
    );
    const root = { name: 'r', path: folder };
    const counts = await submit(queue, walkAudioFiles(folder), { settings, root });
    assert.deepEqual(counts, { added: 1, known: 0, failed: 0 });
    const jobs = await queue.bull.getJobs(['waiting']);
    assert.deepEqual(
      jobs.map(({ data }) => 'path' in data && data.path),
      ['a\udcff.wav'],
    );
  });

  it('reports which files it could not add, and adds the rest', async () => {
    await writeFile(join(folder, 'a.wav'), 'a');
    const failures: [string, string][] = [];
    async function* items(): AsyncGenerator<FoundFile> {
      for (const name of ['a.wav', 'none.wav', '../outside.wav']) yield { path: join(folder, name) };
    }
    const counts = await submit(queue, items(), {
      settings,
      root: { name: 'r', path: folder },
      onFailure: (path, { code }) => failures.push([path, code]),
    });
    assert.deepEqual(counts, { added: 1, known: 0, failed: 2 });
    assert.deepEqual(
      new Map(failures),
      new Map([
        [join(folder, 'none.wav'), 'FILE_NOT_FOUND'],
        [join(folder, '../outside.wav'), 'JOB_INVALID'],
      ]),
    );
  });

  it('adds everything after a stop at any moment', async () => {
    const given = titles(2100);
    for (const stopAt of [1, 1000, 1001, 2000]) {
      async function* stopping(): AsyncGenerator<SubmitItem> {
        for (const [i, title] of given.entries()) {
          if (i === stopAt) throw new Error('stopped');
          yield { url: title };
        }
      }
      await assert.rejects(submit(queue, stopping(), { settings }), /stopped/);
    }
    await add(given);
    assert.equal(await queue.bull.getWaitingCount(), given.length);
  });

  it('adds what was in the queue but not yet in the ledger when it was killed', async () => {
    await add(titles(5));
    for (const key of await queue.redis.keys(queue.keys.ledger('*'))) await queue.redis.del(key);
    await add(titles(6));
    assert.equal(await queue.bull.getWaitingCount(), 6);
  });

  it('waits while the queue is full', async () => {
    let isDone = false;
    const adding = add(titles(3000), { maxWaiting: 1000 }).then(() => {
      isDone = true;
    });
    let most = 0;
    const look = async (): Promise<void> => {
      most = Math.max(most, await queue.bull.getWaitingCount());
    };
    while (most < 1000) await look();
    // It is full: whether more comes is watched for longer than the submitter waits before it looks again.
    for (const start = Date.now(); Date.now() - start < 1200; await sleep(20)) await look();
    assert.equal(isDone, false);
    assert.equal(most, 1000);
    while (!isDone) {
      await work();
      await sleep(50);
    }
    await adding;
    await work();
    await collectHere({ claimJobs: 500 });
    await assertOnce(titles(3000));
  });

  it('collects each outcome once, and only then removes it', async () => {
    const given = [...titles(40), ...titles(5, 'bad')];
    await add(given);
    await work();
    const before = await queueStatus(queue);
    assert.deepEqual([before.completed, before.failed, before.collected, before.total], [40, 5, 0, 45]);
    assert.deepEqual(await collectHere(), { written: 45, errors: 5, left: 0 });
    await assertOnce(given);
    const after = await queueStatus(queue);
    assert.deepEqual(
      [after.completed, after.failed, after.claimed, after.collected, after.total],
      [0, 0, 0, 45, 45],
    );
    const jobs = (await queue.redis.keys(`bull:${queue.name}:*`)).filter((key) => /:[0-9a-f]{32}/.test(key));
    assert.deepEqual(jobs, []);
    // What was done is not done again; what failed for a reason that may pass is.
    assert.deepEqual(await add(given), { added: 5, known: 40, failed: 0 });
  });

  it('collects each outcome once although it is killed at every single step', async () => {
    const given = [...titles(20), ...titles(3, 'bad')];
    await add(given);
    await work();
    let kills = 0;
    for (let steps = 1; ; steps++) {
      const victim = await BatchQueue.open({ url: server.url, name: queue.name });
      const survives = await collectUntil(victim, steps);
      await victim.close();
      if (survives) break;
      kills++;
      // What a crash leaves: a line that is cut short.
      const { size } = await stat(output()).catch(() => ({ size: 0 }));
      if (kills % 2 === 0 && size > 0) await writeFile(output(), '{"format":"ecapa-ba', { flag: 'a' });
      assert.ok(kills < 200);
    }
    assert.ok(kills > 10, `${kills} kills`);
    await assertOnce(given);
  });

  /** Collects, but the connection fails for good at the given command, and no other command is sent. */
  async function collectUntil(victim: BatchQueue, steps: number): Promise<boolean> {
    let left = steps;
    const send = victim.redis.sendCommand.bind(victim.redis);
    victim.redis.sendCommand = (...given: Parameters<typeof send>) => {
      if (left-- <= 0) throw new Error('killed');
      return send(...given);
    };
    try {
      await collectHere({ claimJobs: 4 }, victim);
      return true;
    } catch (error) {
      assert.match(String(error), /killed/);
      // The lease of a killed process expires; this process lives on.
      await queue.redis.del(...(await queue.redis.keys(queue.keys.lease('*'))), 'x');
      return false;
    }
  }

  it('collects each outcome once with several collectors, on one file and on two', async () => {
    const given = titles(300);
    const others = await Promise.all(
      [1, 2, 3].map(() => BatchQueue.open({ url: server.url, name: queue.name })),
    );
    let waiting = 0;
    const onWaiting = (): void => {
      waiting++;
    };
    await queue.redis.set(queue.keys.submitting, '1', 'EX', 3);
    const collecting = others.map((other, i) =>
      collectHere({ output: output(i === 2 ? 'other.jsonl' : undefined), onWaiting }, other),
    );
    await add(given);
    await Promise.all([work(), ...collecting]);
    await Promise.all(others.map((other) => other.close()));
    assert.equal(waiting, 1);
    assert.ok((await linesOf()).length > 0);
    await assertOnce(given, undefined, 'other.jsonl');
  });

  it('leaves the results of another file to that file', async () => {
    await add(titles(10));
    await work();
    const victim = await BatchQueue.open({ url: server.url, name: queue.name });
    await collectUntil(victim, 8);
    await victim.close();
    const claimed = (await queueStatus(queue)).claimed;
    assert.ok(claimed > 0);
    await collectHere({ output: output('other.jsonl') });
    assert.equal((await queueStatus(queue)).claimed, claimed);
    await collectHere();
    await assertOnce(titles(10), undefined, 'other.jsonl');
  });

  it('takes over the results of another file when asked to', async () => {
    await add(titles(10));
    await work();
    const victim = await BatchQueue.open({ url: server.url, name: queue.name });
    await collectUntil(victim, 8);
    await victim.close();
    assert.ok((await queueStatus(queue)).claimed > 0);
    await collectHere({ output: output('other.jsonl'), takeOver: true });
    assert.equal((await queueStatus(queue)).claimed, 0);
    const all = new Set([...(await linesOf()), ...(await linesOf('other.jsonl'))]);
    assert.deepEqual([...all].sort(), titles(10).map(lineOf).sort());
  });

  it('writes the same when lines were added to the file by someone else in between', async () => {
    await add(titles(10));
    await work();
    const victim = await BatchQueue.open({ url: server.url, name: queue.name });
    await collectUntil(victim, 12);
    await victim.close();
    await writeFile(output(), lineOf('foreign'), { flag: 'a' });
    await collectHere();
    await assertOnce([...titles(10), 'foreign']);
  });

  it('continues over a restart of the server', async () => {
    await add(titles(200));
    const collecting = collectHere({ claimJobs: 5 });
    const working = work();
    await sleep(50);
    await server.restart();
    await working;
    await collecting;
    await assertOnce(titles(200));
  });

  it('leaves a file alone that holds something else, or was cut off', async () => {
    await add(titles(3));
    await work();
    await writeFile(output(), 'my notes\n');
    await assert.rejects(collectHere(), { code: 'WRITE_FAILED' });
    assert.equal(await readFile(output(), 'utf8'), 'my notes\n');
    await rm(output());
    await writeFile(output(), lineOf('before'));
    const victim = await BatchQueue.open({ url: server.url, name: queue.name });
    await collectUntil(victim, 8);
    await victim.close();
    await truncate(output(), 10);
    await assert.rejects(collectHere(), { code: 'WRITE_FAILED' });
    await assert.rejects(collectHere({ output: join(folder, 'none', 'x') }), { code: 'WRITE_FAILED' });
    assert.equal((await queueStatus(queue)).collected, 0);
  });

  it('removes what has not begun when it is cancelled, and all when purged', async () => {
    await add(titles(1200));
    assert.equal(await cancelWaiting(queue), 1200);
    assert.equal((await queueStatus(queue)).total, 0);
    assert.deepEqual(await add(titles(1200)), { added: 1200, known: 0, failed: 0 });
    await work();
    await collectHere({ claimJobs: 500 });
    await purgeQueue(queue);
    assert.deepEqual(await queue.redis.keys(`bull:${queue.name}:*`), []);
  });

  it('keeps few events, since each holds a result once more', async () => {
    await add(titles(2000));
    await work();
    assert.ok((await queue.redis.xlen(`bull:${queue.name}:events`)) < 500);
  });
});

describe('connection', function () {
  this.timeout(30_000);
  before(function () {
    skipWithoutServer(this);
  });

  const open = async (url: string, ca?: string): Promise<void> => {
    const queue = await BatchQueue.open({ url, name: 'test', patienceSeconds: 1, ca });
    await queueStatus(queue);
    await queue.close();
  };

  it('reports what is wrong with an address, and never shows a password', async () => {
    for (const url of ['nonsense', 'http://a', 'redis://']) await assert.rejects(open(url), TypeError);
    await assert.rejects(open('redis://user:hunter2@127.0.0.1:1'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'QUEUE_UNAVAILABLE');
      assert.match(error.message, /redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it('works with a user whose rights end at the queue, and reports when a password is wrong', async () => {
    const server = await startServer(['--requirepass', 'root-word']);
    try {
      const admin = await BatchQueue.open({ url: server.url.replace('//', '//:root-word@'), name: 'test' });
      await admin.redis.acl(
        'SETUSER',
        'ecapa',
        'on',
        '>word',
        '~bull:test:*',
        '+@all',
        '-@admin',
        '-@dangerous',
        '+info',
      );
      await admin.close();
      await open(server.url.replace('//', '//ecapa:word@'));
      const other = await BatchQueue.open({ url: server.url.replace('//', '//ecapa:word@'), name: 'other' });
      const refused = await queueStatus(other).catch((error: unknown) => serverError('other', error));
      await other.close();
      assert.equal((refused as { code?: string }).code, 'QUEUE_UNAVAILABLE');
      assert.match(String(refused), /NOPERM.*bull:other:\*/);
      for (const user of ['', 'ecapa:wrong@', ':wrong@'])
        await assert.rejects(open(server.url.replace('//', `//${user}`)), {
          code: 'QUEUE_UNAVAILABLE',
          message: /Check user and password/,
        });
    } finally {
      await server.stop();
    }
  });

  it('speaks TLS, and only to a server whose certificate is signed', async function () {
    const folder = await mkdtemp(join(tmpdir(), 'ecapa-tls-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${certificate}`;
    try {
      execFileSync('openssl', request.split(' '), { stdio: 'ignore' });
    } catch {
      console.log('    skipped: openssl is not installed here');
      this.skip();
    }
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    const server = await startServer([...files, '--tls-auth-clients', 'no']);
    try {
      await open(server.url, await readFile(certificate, 'utf8'));
      await assert.rejects(open(server.url), { code: 'QUEUE_UNAVAILABLE', message: /certificate/ });
      await assert.rejects(open(server.url.replace('rediss', 'redis')), { code: 'QUEUE_UNAVAILABLE' });
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a server that may throw jobs away', async () => {
    const server = await startServer(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']);
    try {
      await assert.rejects(open(server.url), { code: 'QUEUE_UNAVAILABLE', message: /noeviction/ });
    } finally {
      await server.stop();
    }
  });
});
