import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipWithoutServer, startServer, type TestServer } from '../../packages/queue/test/redis.js';
import { CLI, ecapa, SAMPLES } from './cli.js';
import { clipOf } from './queue-clips.js';

/** Runs of the real command, with real workers, on a real server. */
describe('ecapa batch and ecapa worker', function () {
  this.timeout(180_000);
  let server: TestServer;
  let folder: string;
  let archive: string;
  const children = new Set<ChildProcess>();

  before(function () {
    skipWithoutServer(this);
  });

  beforeEach(async () => {
    server = await startServer();
    folder = await mkdtemp(join(tmpdir(), 'ecapa-batch-'));
    archive = join(folder, 'archive');
    await mkdir(archive);
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const env = (extra = {}): Record<string, string> => ({ ECAPA_QUEUE: server.url, ...extra });
  const run = (...args: string[]) => ecapa(args, { env: env(), cwd: folder });
  const root = (): string => `a=${archive}`;

  /** Starts a command that runs until it is ended. */
  function start(args: readonly string[], extra = {}): ChildProcess & { readonly text: () => string } {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ...env(extra) },
      cwd: folder,
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return Object.assign(child, { text: () => text });
  }
  const worker = (...args: string[]) =>
    start(['worker', '--root', root(), '--workers', '1', '--lock', '2', ...args]);
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) =>
      child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode),
    );
  const sorted = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  const linesOf = async (name: string): Promise<string[]> =>
    sorted(await readFile(join(folder, name), 'utf8'));

  async function makeClips(count: number, seconds = 0.6): Promise<void> {
    for (let i = 0; i < count; i++)
      await writeFile(join(archive, `${String(i).padStart(4, '0')}.wav`), clipOf(i, seconds));
  }

  it('prints what a local run prints, line by line, and its file is a journal that the local run continues from', async () => {
    await makeClips(3, 2);
    await writeFile(join(archive, 'empty.wav'), '');
    await writeFile(join(archive, 'text.mp3'), 'not audio at all, not audio at all');
    const submitted = await run('batch', 'submit', archive, SAMPLES, '--root', root(), '--timeline');
    assert.match(submitted.stdout, /added 5, known 0, failed 6/); // the samples lie below another root
    assert.equal(submitted.code, 1);
    const working = worker();
    assert.equal((await run('batch', 'collect', '-o', 'results.jsonl')).code, 1);
    working.kill('SIGTERM');
    assert.equal(await ended(working), 0);
    const local = await run('timeline', '--json', '--resume', 'local.jsonl', archive);
    assert.deepEqual(await linesOf('results.jsonl'), await linesOf('local.jsonl'));
    const printed = await run('batch', 'results', 'results.jsonl');
    assert.deepEqual(sorted(printed.stdout), sorted(local.stdout));
    const before = await readFile(join(folder, 'results.jsonl'), 'utf8');
    const resumed = await run('timeline', '--json', '--resume', 'results.jsonl', archive);
    assert.equal(resumed.stdout, local.stdout);
    assert.equal(await readFile(join(folder, 'results.jsonl'), 'utf8'), before);
  });

  it('has each file once, as the local run has, although workers, collectors and the server are killed', async () => {
    const count = 150;
    await makeClips(count);
    const queue = ['batch', 'submit', archive, '--root', root()];
    assert.match((await run(...queue)).stdout, new RegExp(`added ${count},`));
    let workers = [worker(), worker()];
    let collector = start(['batch', 'collect', '-o', 'results.jsonl']);
    let done = (): Promise<number | null> => ended(collector);
    for (let round = 0; round < 4; round++) {
      await sleep(3500);
      const [oldest, ...others] = workers;
      oldest?.kill('SIGKILL');
      workers = [...others, worker()];
      if (round === 1) await server.restart();
      if (round > 1) {
        collector.kill('SIGKILL');
        collector = start(['batch', 'collect', '-o', 'results.jsonl']);
        done = () => ended(collector);
      }
    }
    assert.equal(await done(), 0, collector.text());
    for (const child of workers) child.kill('SIGTERM');
    const local = await run('classify', '--json', archive);
    const printed = await run('batch', 'results', 'results.jsonl');
    assert.deepEqual(sorted(printed.stdout), sorted(local.stdout));
    assert.equal(sorted(printed.stdout).length, count);
    assert.match((await run(...queue)).stdout, new RegExp(`added 0, known ${count},`));
    const status = JSON.parse((await run('batch', 'status', '--json')).stdout);
    assert.deepEqual([status.total, status.collected, status.waiting], [count, count, 0]);
  });

  it('gives a file that crashes the process up after its attempts, and does the rest', async () => {
    await makeClips(6);
    await writeFile(join(archive, 'poison.wav'), clipOf(99, 0.6));
    const hook = join(folder, 'poison.cjs');
    // The pool's processes die, as they do where native code crashes, as soon as they are given this file.
    await writeFile(
      hook,
      `const emit = process.emit;
       process.emit = function (name, message) {
         if (name === 'message' && JSON.stringify(message).includes('poison.wav')) process.kill(process.pid, 'SIGSEGV');
         return emit.apply(this, arguments);
       };`,
    );
    await run('batch', 'submit', archive, '--root', root(), '--attempts', '2');
    const working = start(['worker', '--root', root(), '--workers', '1', '--json', '--retry', '0.2'], {
      NODE_OPTIONS: `--require ${hook}`,
    });
    assert.equal((await run('batch', 'collect', '-o', 'results.jsonl')).code, 1);
    const lines = (await linesOf('results.jsonl')).map((line) => JSON.parse(line));
    assert.equal(lines.length, 7);
    const failures = lines.filter((line) => 'failure' in line);
    assert.equal(failures.length, 1);
    assert.equal(failures[0].file, join(archive, 'poison.wav'));
    assert.equal(failures[0].failure.code, 'WORKER_CRASHED');
    // A worker publishes its counts every second.
    let status = '';
    for (let attempt = 0; attempt < 10 && !status.includes('errors '); attempt++)
      status = (await run('batch', 'status')).stdout;
    assert.match(status, /errors {6}1 WORKER_CRASHED/);
    working.kill('SIGTERM');
    assert.equal(await ended(working), 0);
    const last = JSON.parse(sorted(working.text()).find((line) => line.includes('"ended"')) ?? '');
    assert.deepEqual([last.done, last.errors, last.retries], [6, { WORKER_CRASHED: 1 }, 1]);
    assert.ok(last.crashes >= 2, working.text());
  });

  it('keeps a long file through many lock times, ends on SIGTERM within its bound, and puts the file back', async () => {
    await writeFile(join(archive, 'long.wav'), clipOf(1, 3000));
    await run('batch', 'submit', archive, '--root', root(), '--timeline');
    const first = start(['worker', '--root', root(), '--workers', '1', '--lock', '1', '--drain', '1']);
    const statusOf = async () => JSON.parse((await run('batch', 'status', '--json')).stdout);
    while ((await statusOf()).active === 0) await sleep(200);
    await sleep(3000);
    assert.equal((await statusOf()).active, 1);
    const from = Date.now();
    first.kill('SIGTERM');
    assert.equal(await ended(first), 0, first.text());
    assert.ok(Date.now() - from < 8000);
    const back = await statusOf();
    assert.deepEqual([back.waiting, back.active, back.retrying], [1, 0, 0]);
    assert.match((await run('batch', 'cancel')).stdout, /removed 1 jobs/);
  });

  it('answers /health and /metrics, and refuses what it lacks before it takes a job', async () => {
    await makeClips(2);
    await run('batch', 'submit', archive, '--root', root());
    const working = worker('--listen', '0', '--json');
    while (!working.text().includes('"started"')) await sleep(50);
    const { port } = JSON.parse(working.text().split('\n')[0] ?? '');
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
    await run('batch', 'collect', '-o', 'results.jsonl');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /^ecapa_worker_files_total\{outcome="done"\} 2$/m);
    for (const line of metrics.trim().split('\n'))
      assert.match(line, /^(# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? [\d.e+-]+)$/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
    working.kill('SIGTERM');
    await ended(working);

    // A head of the submitter's own, which workers have not been given.
    const { loadHead, locateHead } = await import('@ecapa/core');
    const { saveHead } = await import('@ecapa/core/train');
    const own = join(folder, 'own.json');
    await saveHead(own, { ...(await loadHead(await locateHead())), id: 'own' });
    await run('batch', 'submit', archive, '--root', root(), '--name', 'own', '--head', own);
    const refused = await run('worker', '--root', root(), '--name', 'own');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /This worker has no head "own".*\[HEAD_NOT_FOUND\]/);
    const able = start(['worker', '--root', root(), '--workers', '1', '--name', 'own', '--head', own]);
    assert.equal((await run('batch', 'collect', '-o', 'own.jsonl', '--name', 'own')).code, 0);
    able.kill('SIGTERM');
    await ended(able);
    assert.equal((await linesOf('own.jsonl')).length, 2);
  });

  it('reads addresses that are allowed, and no file outside a root', async () => {
    await makeClips(1);
    await writeFile(join(folder, 'secret.wav'), clipOf(5, 0.6));
    await symlink(join(folder, 'secret.wav'), join(archive, 'link.wav'));
    const login = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    const web = createServer(({ url, headers }, response) => {
      const isAllowed = url?.startsWith('/private/') !== true || headers.authorization === login;
      response.writeHead(isAllowed ? 200 : 401).end(isAllowed ? clipOf(7, 0.6) : '');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    try {
      await writeFile(
        join(folder, 'list.txt'),
        `# a list\n  ${base}/open/a.wav\n\n${base}/closed/b.wav\n${archive}\n`,
      );
      assert.match((await run('batch', 'submit', 'list.txt', '--root', root())).stdout, /added 4,/);
      const privately = base.replace('//', '//me:secret@');
      const refused = await run('batch', 'submit', `${privately}/private/c.wav`, `${base}/private/d.wav`);
      assert.deepEqual([refused.code, refused.stdout], [1, 'added 1, known 0, failed 1\n']);
      assert.match(refused.stderr, /private\/c\.wav: an address in the queue.*ECAPA_ALLOW.*\[JOB_INVALID\]/);
      assert.doesNotMatch(refused.stderr, /secret/);
      const shown = await run('worker', '--allow', `${privately}/private/`);
      assert.deepEqual([shown.code, shown.stderr.includes('secret')], [2, false]);
      const allowed = { ECAPA_ALLOW: `${privately}/private/` };
      const args = ['worker', '--root', root(), '--workers', '1', '--allow', `${base}/open/`];
      const working = start(args, allowed);
      await run('batch', 'collect', '-o', 'results.jsonl');
      working.kill('SIGTERM');
      const lines = (await linesOf('results.jsonl')).map((line) => JSON.parse(line));
      const kinds = Object.fromEntries(
        lines.map(({ file, failure, outcome }) => [file, failure?.code ?? Object.keys(outcome)[0]]),
      );
      assert.deepEqual(kinds, {
        [`${base}/open/a.wav`]: 'value',
        [`${base}/closed/b.wav`]: 'JOB_INVALID',
        [`${base}/private/d.wav`]: 'value',
        [join(archive, '0000.wav')]: 'value',
        [join(archive, 'link.wav')]: 'JOB_INVALID',
      });
      await ended(working);
    } finally {
      web.close();
    }
  });

  it('reports what is wrong in one line', async () => {
    const unreachable = { ECAPA_QUEUE: 'redis://127.0.0.1:1' };
    const status = await ecapa(['batch', 'status'], { env: unreachable });
    assert.deepEqual([status.code, status.stdout], [1, '']);
    assert.match(status.stderr, /^ecapa: redis:\/\/127\.0\.0\.1:1: .* \[QUEUE_UNAVAILABLE\]\n$/);
    const wrong = await run('batch', 'submit', archive);
    assert.deepEqual([wrong.code, wrong.stderr.split('\n').length], [2, 2]);
    assert.match(wrong.stderr, /--root NAME=FOLDER/);
    const none = await run('worker', '--root', 'a=/no/such/folder');
    assert.deepEqual([none.code, /FILE_NOT_FOUND/.test(none.stderr)], [1, true]);
  });
});
