import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AllowList, fetchFile, makeDownloadFolder } from '../src/addresses.js';
import { parseRoot, Roots } from '../src/roots.js';

describe('roots', () => {
  let folder: string;
  let roots: Roots;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-roots-'));
    await mkdir(join(folder, 'root', 'sub'), { recursive: true });
    await mkdir(join(folder, 'root-private'));
    await writeFile(join(folder, 'root', 'a.wav'), 'a');
    await writeFile(join(folder, 'secret'), 'secret');
    await writeFile(join(folder, 'root-private', 'b.wav'), 'b');
    roots = await Roots.open([{ name: 'r', path: join(folder, 'root') }]);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('find files below them, links among them included', async () => {
    await symlink('a.wav', join(folder, 'root', 'link.wav'));
    await symlink(join(folder, 'root'), join(folder, 'root', 'sub', 'up'));
    const real = join(folder, 'root', 'a.wav');
    assert.deepEqual(await roots.find('r', 'a.wav'), { file: real, real });
    for (const path of ['link.wav', 'sub/up/a.wav'])
      assert.deepEqual(await roots.find('r', path), { file: join(folder, 'root', path), real });
  });

  it('find files whose names are no UTF-8, also through links', async function () {
    if (process.platform !== 'linux') this.skip(); // other systems refuse such names
    const name = Buffer.concat([
      Buffer.from(join(folder, 'root', 'b')),
      Buffer.of(0xff),
      Buffer.from('.wav'),
    ]);
    await writeFile(name, 'b');
    await symlink(name, join(folder, 'root', 'link.wav'));
    const real = join(folder, 'root', 'b\udcff.wav');
    assert.deepEqual(await roots.find('r', 'b\udcff.wav'), { file: real, real });
    assert.deepEqual(await roots.find('r', 'link.wav'), { file: join(folder, 'root', 'link.wav'), real });
  });

  it('give out nothing that lies outside, by whatever way', async () => {
    await symlink(join(folder, 'secret'), join(folder, 'root', 'link.wav'));
    await symlink(folder, join(folder, 'root', 'sub', 'out'));
    await symlink('../root-private', join(folder, 'root', 'beside'));
    for (const path of ['link.wav', 'sub/out/secret', 'beside/b.wav', '../secret', '../root-private/b.wav'])
      await assert.rejects(roots.find('r', path), { code: 'JOB_INVALID' }, path);
    await assert.rejects(roots.find('other', 'a.wav'), { code: 'JOB_INVALID' });
  });

  it('give out plain files alone', async () => {
    await assert.rejects(roots.find('r', 'sub'), { code: 'IS_DIRECTORY' });
    await assert.rejects(roots.find('r', 'none.wav'), { code: 'FILE_NOT_FOUND' });
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'root', 'pipe.wav')]);
    await assert.rejects(roots.find('r', 'pipe.wav'), { code: 'JOB_INVALID' });
  });

  it('know when another folder has taken their place', async () => {
    assert.equal(await roots.isThere('r'), true);
    await rename(join(folder, 'root'), join(folder, 'was'));
    assert.equal(await roots.isThere('r'), false);
    await mkdir(join(folder, 'root'));
    assert.equal(await roots.isThere('r'), false);
  });

  it('are read from NAME=FOLDER', async () => {
    assert.deepEqual(parseRoot('a=/b=c'), { name: 'a', path: '/b=c' });
    for (const text of ['a', '=b', 'a=', 'a b=c', 'a:b=c']) assert.throws(() => parseRoot(text), RangeError);
    await assert.rejects(Roots.open([{ name: 'r', path: join(folder, 'none') }]), { code: 'FILE_NOT_FOUND' });
  });
});

describe('addresses', () => {
  const allow = new AllowList(['https://a.example/audio/', 'http://b.example:8000']);

  it('are those that begin with an allowed one', () => {
    for (const url of [
      'https://a.example/audio/x.wav',
      'https://A.example/audio/y/z?q=1',
      'http://b.example:8000/',
    ])
      allow.check(url);
    for (const url of [
      'https://a.example/',
      'https://a.example/audio/../secret',
      'https://a.example/audio/%2e%2e/secret',
      'https://a.example/audio/..%2fsecret',
      'https://a.example/audio/..%5Csecret',
      'https://a.example/audio-private/x',
      'http://a.example/audio/x',
      'https://a.example.evil/audio/x',
      'https://a.example@evil.example/audio/x',
      'https://user:word@a.example/audio/x',
      'https://a.example:444/audio/x',
      'http://b.example/',
      'file:///etc/passwd',
      'nonsense',
    ])
      assert.throws(() => allow.check(url), { code: 'JOB_INVALID' }, url);
    assert.throws(() => new AllowList([]).check('https://a.example/'), { code: 'JOB_INVALID' });
    for (const wrong of ['a.example', 'ftp://a/', 'https://a/?x'])
      assert.throws(() => new AllowList([wrong]), RangeError);
  });

  it('may have a login, which is sent below that prefix alone', () => {
    const list = new AllowList(['https://a.example/', 'https://me:a%3Ab@a.example/private/']);
    const login = `Basic ${Buffer.from('me:a:b').toString('base64')}`;
    assert.deepEqual(list.loginFor(list.check('https://a.example/private/x.wav')), { authorization: login });
    assert.deepEqual(list.loginFor(list.check('https://a.example/x.wav')), {});
    assert.throws(
      () => new AllowList(['https://me:secret@a.example/?x']),
      (error: Error) => !error.message.includes('secret'),
    );
  });

  describe('on a server', () => {
    let server: Server;
    let base: string;
    let folder: string;
    let respond: (path: string, response: ServerResponse) => void;
    const { signal } = new AbortController();

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ecapa-fetch-'));
      server = createServer((request, response) => respond(request.url ?? '', response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    });

    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    });

    const get = (path: string, allowed = ['/']): Promise<number> =>
      fetchFile(`${base}${path}`, join(folder, 'x'), {
        allow: new AllowList(allowed.map((prefix) => base + prefix)),
        maxBytes: 1000,
        signal,
      });

    it('are read whole, redirects included', async () => {
      const modified = 'Wed, 01 Jan 2025 00:00:00 GMT';
      respond = (path, response) => {
        if (path === '/from') response.writeHead(302, { location: '/to' }).end();
        else response.writeHead(200, { 'last-modified': modified }).end('x'.repeat(1000));
      };
      assert.equal(await get('/from'), Date.parse(modified));
      assert.equal((await stat(join(folder, 'x'))).size, 1000);
    });

    it('are not read where a redirect leaves what is allowed', async () => {
      const seen: string[] = [];
      respond = (path, response) => {
        seen.push(path);
        response.writeHead(302, { location: '/secret/x' }).end();
      };
      await assert.rejects(get('/public/x', ['/public/']), { code: 'JOB_INVALID' });
      assert.deepEqual(seen, ['/public/x']);
      await assert.rejects(get('/secret/loop', ['/']), { code: 'DOWNLOAD_FAILED' });
    });

    it('are read up to a size, whether it is declared or not', async () => {
      respond = (_, response) => response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001));
      await assert.rejects(get('/'), { code: 'TOO_LONG' });
      respond = (_, response) => {
        response.writeHead(200);
        const more = (): void => void (response.write('x'.repeat(400)) && setImmediate(more));
        more();
      };
      await assert.rejects(get('/'), { code: 'TOO_LONG' });
      assert.ok((await readFile(join(folder, 'x'))).length <= 1000);
    });

    it('fail with the reason that the server gives', async () => {
      const codes = { 404: 'FILE_NOT_FOUND', 403: 'PERMISSION_DENIED', 500: 'DOWNLOAD_FAILED' };
      for (const [status, code] of Object.entries(codes)) {
        respond = (_, response) => response.writeHead(Number(status)).end();
        await assert.rejects(get('/'), { code });
      }
      respond = (_, response) => response.destroy();
      await assert.rejects(get('/'), { code: 'DOWNLOAD_FAILED' });
    });
  });

  it('leave no downloads of killed workers behind', async () => {
    const pid = 2 ** 22 + 1; // above the highest that Linux gives out
    const old = join(tmpdir(), `ecapa-worker-${pid}-test`);
    await mkdir(old, { recursive: true });
    const own = await makeDownloadFolder();
    try {
      await assert.rejects(stat(old), { code: 'ENOENT' });
      await stat(own);
    } finally {
      await rm(own, { recursive: true });
    }
  });
});
