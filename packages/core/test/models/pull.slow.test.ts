import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { CACHE_DIRECTORY_VARIABLE, cachedModelDirectory } from '../../src/models/locate.js';
import type { Manifest } from '../../src/models/manifest.js';
import { downloadDirectory, type PullOptions, pullModel } from '../../src/models/pull.js';
import { listModels, removeModel, verifyModel } from '../../src/models/verify.js';
import { expectError } from '../interop/expect-error.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath } from '../reference.js';
import { dropAfter, LocalHub, serve } from './hub.js';

const PATH = 'speechbrain/spkrec-ecapa-voxceleb/resolve/0f99f2d0';
const FILES = ['embedding_model.ckpt', 'hyperparams.yaml'].map((name) => {
  const content = readFileSync(fixturePath('speechbrain', 'tiny', name));
  return { name, content, sha256: createHash('sha256').update(content).digest('hex') };
});
const CHECKPOINT = FILES[0]?.content ?? Buffer.alloc(0);

describe('pullModel', () => {
  const temporary = useTemporaryDirectory();
  let hub: LocalHub;
  let manifest: Manifest;
  let cacheCount = 0;
  /** Nobody listens there. */
  let deadPort = 0;

  before(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    deadPort = (server.address() as AddressInfo).port;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const environment = { cache: process.env[CACHE_DIRECTORY_VARIABLE], proxy: process.env.http_proxy };

  beforeEach(async () => {
    process.env[CACHE_DIRECTORY_VARIABLE] = temporary(`cache-${cacheCount++}`);
    hub = new LocalHub(new Map(FILES.map(({ name, content }) => [`/${PATH}/${name}`, content])));
    await hub.start();
    const files = FILES.map(({ name, content, sha256 }) => ({
      name,
      sha256,
      ...(name.endsWith('ckpt') ? { bytes: content.length } : {}),
    }));
    manifest = {
      defaultModel: 'tiny',
      defaultHead: '',
      heads: [],
      models: [
        {
          id: 'tiny',
          description: '',
          licence: '',
          dimension: 192,
          sampleRateHz: 16_000,
          pull: { hub: hub.url, path: PATH, files },
        },
      ],
    };
  });
  afterEach(() => hub.stop());
  after(() => {
    if (environment.cache === undefined) delete process.env[CACHE_DIRECTORY_VARIABLE];
    else process.env[CACHE_DIRECTORY_VARIABLE] = environment.cache;
  });

  const pull = (options: PullOptions = {}): ReturnType<typeof pullModel> =>
    pullModel('tiny', { manifest, attempts: 3, idleSeconds: 1, ...options });
  const checkpointRequests = (): (string | undefined)[] =>
    hub.requests.filter(({ path }) => path.endsWith('.ckpt')).map(({ range }) => range);

  async function checkPulled(): Promise<void> {
    const directory = cachedModelDirectory('tiny');
    assert.equal((await verifyModel(directory)).id, 'tiny');
    assert.deepEqual(readdirSync(directory).sort(), ['model.json', 'model.onnx']);
  }

  it('downloads, checks and converts, with progress, and does nothing the second time', async () => {
    const seen: number[] = [];
    const { directory } = await pull({ onProgress: (_, received) => seen.push(received) });
    await checkPulled();
    assert.equal(directory, cachedModelDirectory('tiny'));
    assert.ok(seen.includes(CHECKPOINT.length));
    await pull();
    assert.equal(hub.requests.length, 2);
    assert.deepEqual(readdirSync(downloadDirectory('tiny')), [], 'the download is not kept beside the model');
  });

  it('keeps weights as asked for, and converts again for another kind', async () => {
    const converted: string[][] = [];
    const onConverted = async (checkpoint: string, model: string): Promise<void> => {
      converted.push([...readdirSync(checkpoint).sort(), model]);
    };
    const int8 = { quantize: 'int8', onConverted } as const;
    assert.equal((await pull(int8)).info.quantization, 'int8');
    const model = cachedModelDirectory('tiny');
    assert.deepEqual(converted, [['embedding_model.ckpt', 'hyperparams.yaml', model]]);
    // Asked for again, or for none in particular: what is here is taken.
    assert.equal((await pull(int8)).info.quantization, 'int8');
    assert.equal((await pull()).info.quantization, 'int8');
    assert.equal(hub.requests.length, 2);
    assert.equal((await pull({ quantize: 'none' })).info.quantization, 'none');
    await checkPulled();
  });

  it('resumes where a dropped connection stopped', async () => {
    hub.faults.push(dropAfter(20_000), dropAfter(10_000));
    await pull();
    await checkPulled();
    const [first, ...later] = checkpointRequests();
    assert.equal(first, undefined);
    assert.equal(later.length, 2);
    assert.ok(
      later.every((range) => /^bytes=[1-9]\d+-$/.test(range ?? '')),
      String(later),
    );
  });

  it('resumes in a later run', async () => {
    hub.faults.push(dropAfter(20_000));
    await expectError(() => pull({ attempts: 1 }), 'DOWNLOAD_FAILED', /run the command again/);
    assert.ok(!existsSync(cachedModelDirectory('tiny')));
    await pull();
    await checkPulled();
    assert.match(checkpointRequests()[1] ?? '', /^bytes=/);
  });

  it('starts over with a server that knows no ranges', async () => {
    hub.faults.push(dropAfter(20_000), (_, response, content) =>
      response.writeHead(200, { 'content-length': content.length }).end(content),
    );
    await pull();
    await checkPulled();
  });

  it('starts again when what it continued was bad, and succeeds', async () => {
    mkdirSync(downloadDirectory('tiny'), { recursive: true });
    writeFileSync(
      join(downloadDirectory('tiny'), `embedding_model.ckpt.${FILES[0]?.sha256.slice(0, 12)}.part`),
      Buffer.alloc(5000, 7),
    );
    await pull();
    await checkPulled();
    assert.deepEqual(checkpointRequests(), ['bytes=5000-', undefined]);
  });

  it('follows redirects and tries again after 503', async () => {
    hub.faults.push(
      (request, response) => response.writeHead(302, { location: `/elsewhere${request.url}` }).end(),
      (_, response) => response.writeHead(503).end(),
      (request, response) =>
        response.writeHead(307, { location: `${hub.url}/elsewhere${request.url}` }).end(),
    );
    await pull();
    await checkPulled();
  });

  it('gives up at once on a server that redirects in a circle, or out of the web', async () => {
    for (const [location, reason] of [
      ['', /redirects in a circle.*check the address/],
      ['ftp://hub.example', /redirects to what is no http address/],
    ] as const) {
      const redirect = (request: Parameters<typeof serve>[0], response: Parameters<typeof serve>[1]): void =>
        void response.writeHead(302, { location: `${location}${request.url}` }).end();
      hub.faults.push(...new Array(100).fill(redirect));
      const before = hub.requests.length;
      await expectError(() => pull(), 'DOWNLOAD_FAILED', reason);
      assert.ok(hub.requests.length - before <= 21, `${hub.requests.length - before} requests`); // of one try
      hub.faults.length = 0;
    }
  });

  it('refuses wrong bytes and leaves no model', async () => {
    const wrong = Buffer.from(CHECKPOINT);
    wrong[1000] = (wrong[1000] ?? 0) ^ 1;
    const fault = (request: Parameters<typeof serve>[0], response: Parameters<typeof serve>[1]): void =>
      serve(request, response, wrong);
    hub.faults.push(fault, fault, fault);
    await expectError(() => pull(), 'CHECKSUM_MISMATCH', /SHA-256/);
    assert.ok(!existsSync(cachedModelDirectory('tiny')));
    assert.deepEqual(readdirSync(downloadDirectory('tiny')), []);
  });

  it('takes no more than the file has', async () => {
    const long = Buffer.concat([CHECKPOINT, Buffer.alloc(100_000)]);
    hub.faults.push((request, response) => serve(request, response, long));
    await expectError(() => pull(), 'DOWNLOAD_FAILED', /more than/);
  });

  it('reports what a server answers, and how to do without it', async () => {
    hub.faults.push((_, response) => response.writeHead(403).end());
    const error = await expectError(() => pull(), 'DOWNLOAD_FAILED', /403/);
    assert.ok(error.message.includes(downloadDirectory('tiny')) && error.message.includes('--mirror'));
    const missing = {
      ...manifest,
      models: manifest.models.map((model) => ({
        ...model,
        pull: { hub: hub.url, path: 'nowhere', files: model.pull?.files ?? [] },
      })),
    };
    await expectError(() => pull({ manifest: missing }), 'DOWNLOAD_FAILED', /404/);
  });

  it('gives up on a server that hangs, before and in the middle of the file', async () => {
    hub.faults.push(
      () => undefined,
      (_, response, content) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 1000));
      },
    );
    // The server never sends anything again: waiting for it would outlast the test's own limit.
    await expectError(() => pull({ attempts: 2, idleSeconds: 0.3 }), 'DOWNLOAD_FAILED');
  });

  it('is patient with a slow server that does not stop', async () => {
    hub.faults.push((_, response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      const step = Math.ceil(content.length / 8);
      let at = 0;
      const timer = setInterval(() => {
        response.write(content.subarray(at, at + step));
        at += step;
        if (at < content.length) return;
        clearInterval(timer);
        response.end();
      }, 100);
    });
    await pull({ idleSeconds: 0.5 });
    await checkPulled();
  });

  it('reports that it is offline and takes files that were put in place by hand', async () => {
    const offline = {
      ...manifest,
      models: manifest.models.map((model) => ({
        ...model,
        pull: { hub: `http://127.0.0.1:${deadPort}`, path: PATH, files: model.pull?.files ?? [] },
      })),
    };
    const error = await expectError(
      () => pull({ manifest: offline, attempts: 1 }),
      'OFFLINE',
      /by hand|put them into/,
    );
    assert.ok(error.message.includes(downloadDirectory('tiny')));
    for (const { name, content } of FILES) writeFileSync(join(downloadDirectory('tiny'), name), content);
    await pull({ manifest: offline, attempts: 1 });
    await checkPulled();
  });

  it('takes a mirror in the place of the hub', async () => {
    const elsewhere = {
      ...manifest,
      models: manifest.models.map((model) => ({
        ...model,
        pull: { hub: `http://127.0.0.1:${deadPort}`, path: PATH, files: model.pull?.files ?? [] },
      })),
    };
    await pull({ manifest: elsewhere, mirror: `${hub.url}/` });
    await checkPulled();
    await assert.rejects(
      pull({ mirror: 'ftp://x' })
        .then(() => removeModel('tiny'))
        .then(() => pull({ mirror: 'ftp://x' })),
      TypeError,
    );
  });

  it('signs in to a mirror, and shows its password nowhere', async () => {
    const mirror = hub.url.replace('//', '//me:secret@');
    const logins: (string | undefined)[] = [];
    hub.faults.push(({ headers }, response) => {
      logins.push(headers.authorization);
      response.writeHead(403).end();
    });
    const error = await expectError(() => pull({ mirror }), 'DOWNLOAD_FAILED', /403/);
    assert.deepEqual(logins, [`Basic ${Buffer.from('me:secret').toString('base64')}`]);
    assert.doesNotMatch(error.message, /secret/);
    await pull({ mirror });
    await checkPulled();
  });

  it('goes through a proxy', async () => {
    let tunnels = 0;
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels++;
      const [host, port] = (request.url ?? '').split(':');
      const far = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      for (const end of [far, socket]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      await pull();
      await checkPulled();
      assert.ok(tunnels > 0);
    } finally {
      if (environment.proxy === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = environment.proxy;
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('downloads once when several pull at once', async () => {
    await Promise.all([pull(), pull(), pull()]);
    await checkPulled();
    assert.equal(checkpointRequests().length, 1);
  });

  it('stops when it is cancelled and keeps what has come', async () => {
    const controller = new AbortController();
    hub.faults.push((_, response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 30_000));
    });
    const onProgress = (): void => controller.abort(); // some has come
    await expectError(() => pull({ signal: controller.signal, onProgress }), 'CANCELLED');
    assert.equal(readdirSync(downloadDirectory('tiny')).length, 1);
    await pull();
    await checkPulled();
    assert.match(checkpointRequests()[1] ?? '', /^bytes=\d+-$/);
  });

  it('lists, verifies and removes what was pulled', async () => {
    await pull();
    assert.equal((await listModels()).find(({ id }) => id === 'tiny')?.state, 'pulled');
    const onnx = join(cachedModelDirectory('tiny'), 'model.onnx');
    writeFileSync(onnx, Buffer.concat([readFileSync(onnx), Buffer.from('x')]));
    await expectError(() => verifyModel(cachedModelDirectory('tiny')), 'CHECKSUM_MISMATCH', /models remove/);
    await removeModel('tiny');
    assert.ok(!(await listModels()).some(({ id }) => id === 'tiny'));
    await expectError(() => removeModel('tiny'), 'MODEL_NOT_FOUND');
    await expectError(() => pullModel('nonsense', { manifest }), 'MODEL_NOT_FOUND', /tiny/);
  });
});
