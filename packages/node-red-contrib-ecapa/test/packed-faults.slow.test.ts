import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  settingsFile,
  userDirectoryWith,
} from './node-red-process.js';

const GIGABYTE = 2 ** 30;
const [host = assert.fail('no Node-RED')] = HOSTS;

const node = (id: string, rest: object): object => ({ id, z: 'tab', x: 1, y: 1, ...rest });

/** POST to a node of the type under test; errors come back with status 500. */
const flowOf = (type: string, before = 'return msg;', settings: object = {}): object[] => [
  { id: 'tab', type: 'tab' },
  node('in', { type: 'http in', url: '/it', method: 'post', wires: [['before']] }),
  node('before', { type: 'function', func: before, wires: [['it']] }),
  node('it', { type, ...settings, wires: [['out']] }),
  node('out', { type: 'http response', wires: [] }),
  node('catch', { type: 'catch', scope: ['it'], wires: [['failed']] }),
  node('failed', {
    type: 'function',
    func: 'msg.statusCode = 500; msg.payload = { code: msg.error.code, message: msg.error.message }; return msg;',
    wires: [['out']],
  }),
];

/** The runtime, which the package carries inside it. */
const runtimeIn = (userDir: string): string =>
  join(userDir, 'node_modules', 'node-red-contrib-ecapa', 'node_modules', 'onnxruntime-node');

async function post(url: string, body: object): Promise<{ status: number; said: Record<string, unknown> }> {
  const response = await fetch(`${url}/it`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, said: (await response.json()) as Record<string, unknown> };
}

describe('the packed package where things go wrong', () => {
  let userDir: string;
  let red: NodeRedProcess | undefined;
  before(() => {
    userDir = userDirectoryWith(packedTarball());
  });
  afterEach(async () => {
    await red?.stop();
    writeFileSync(join(userDir, 'settings.js'), settingsFile());
  });
  after(() => removeDirectory(userDir));

  const start = async (): Promise<NodeRedProcess> => {
    red = await NodeRedProcess.start(host, userDir);
    return red;
  };

  it('brings the runtime of each system, and nothing that is fetched or executed on installing', () => {
    const installed = join(userDir, 'node_modules');
    assert.deepEqual(
      readdirSync(installed).filter((name) => !name.startsWith('.')),
      ['node-red-contrib-ecapa'],
    );
    const lock = readFileSync(join(userDir, 'package-lock.json'), 'utf8');
    assert.doesNotMatch(lock, /hasInstallScript/);
    const natives = join(runtimeIn(userDir), 'bin', 'napi-v6');
    for (const target of ['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64', 'win32/arm64']) {
      const names = readdirSync(join(natives, target));
      assert.ok(names.includes('onnxruntime_binding.node'), target);
      assert.equal(names.length, 2, `${target}: the binding and the library`);
    }
    const wasm = readdirSync(join(installed, 'node-red-contrib-ecapa', 'dist', 'onnxruntime'));
    assert.deepEqual(wasm.sort(), ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']);
    const licences = readFileSync(
      join(installed, 'node-red-contrib-ecapa', 'THIRD-PARTY-LICENSES.md'),
      'utf8',
    );
    for (const name of ['## onnxruntime-node', 'Microsoft Corporation', '| RE2', '### Apache-2.0']) {
      assert.ok(licences.includes(name), name);
    }
  });

  it('asks for Node-RED’s permissions before it lists models or works for the editor', async () => {
    writeFileSync(
      join(userDir, 'settings.js'),
      settingsFile(`adminAuth: {
    type: 'credentials',
    users: (name) => Promise.resolve({ username: name, permissions: name === 'owner' ? '*' : 'read' }),
    authenticate: (name) => Promise.resolve({ username: name, permissions: name === 'owner' ? '*' : 'read' }),
  },`),
    );
    const { url } = await start();
    const tokenOf = async (username: string): Promise<string> => {
      const body = {
        client_id: 'node-red-admin',
        grant_type: 'password',
        scope: '',
        username,
        password: 'x',
      };
      const response = await fetch(`${url}/auth/token`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...body, scope: username === 'owner' ? '*' : 'read' }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    };
    const ask = async (method: string, path: string, token?: string): Promise<number> => {
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return (await fetch(`${url}/ecapa/${path}`, { method, headers })).status;
    };
    const [reader, owner] = [await tokenOf('reader'), await tokenOf('owner')];
    for (const [method, path] of [
      ['GET', 'catalogue'],
      ['GET', 'labels'],
      ['GET', 'devices'],
      ['POST', 'try'],
    ] as const) {
      assert.equal(await ask(method, path), 401, `${path} for nobody`);
      assert.equal(await ask(method, path, reader), method === 'GET' ? 200 : 401, `${path} for a reader`);
      assert.equal(await ask(method, path, owner), 200, `${path} for the owner`);
    }
  });

  it('lists the clips of a train node, and takes one out, for those who may', async () => {
    const { url } = await start();
    await red?.deploy(flowOf('ecapa-train', 'Object.assign(msg, msg.payload); return msg;'));
    for (const label of ['speech', 'music']) {
      await post(url, { payload: `sample:${label}`, label });
    }
    // Messages over HTTP name no files unless the node is set to take paths: these were refused.
    const list = async () =>
      (
        (await (await fetch(`${url}/ecapa/clips/it`)).json()) as {
          clips: { id: string; name: string; label: string }[];
        }
      ).clips;
    assert.deepEqual(await list(), []);
    await red?.deploy(
      flowOf('ecapa-train', 'Object.assign(msg, msg.payload); return msg;', { accept: 'paths' }),
    );
    for (const label of ['speech', 'music']) {
      assert.equal((await post(url, { payload: `sample:${label}`, label })).status, 200);
    }
    const [first, second] = await list();
    assert.deepEqual([first?.label, second?.label], ['speech', 'music']);
    assert.equal((await fetch(`${url}/ecapa/clips/it/${first?.id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(
      (await list()).map(({ label }) => label),
      ['music'],
    );
    assert.equal((await fetch(`${url}/ecapa/clips/it/${first?.id}`, { method: 'DELETE' })).status, 409);
    assert.equal((await fetch(`${url}/ecapa/clips/nobody`)).status, 404);
    assert.equal((await post(url, { reset: true })).status, 200);
  });

  it('takes a payload of one gigabyte, and leaves nothing of it behind', async function () {
    if (freemem() < 4 * GIGABYTE) {
      console.log('      skipped: less than 4 GB of memory are free');
      this.skip();
    }
    const temporary = () =>
      readdirSync(tmpdir()).filter((name) => /^ecapa-[\da-f]{8}-\d+-[\da-f]{12}$/.test(name));
    const earlier = temporary();
    const { url } = await start();
    // Ten seconds of a WAV file, then a gigabyte that belongs to nothing; or nothing but zeros.
    const make = `
      const bytes = Buffer.alloc(${GIGABYTE});
      if (msg.payload.isAudio) {
        bytes.write('RIFF', 0); bytes.writeUInt32LE(36 + 320000, 4); bytes.write('WAVEfmt ', 8);
        bytes.writeUInt32LE(16, 16); bytes.writeUInt16LE(1, 20); bytes.writeUInt16LE(1, 22);
        bytes.writeUInt32LE(16000, 24); bytes.writeUInt32LE(32000, 28); bytes.writeUInt16LE(2, 32);
        bytes.writeUInt16LE(16, 34); bytes.write('data', 36); bytes.writeUInt32LE(320000, 40);
        for (let i = 0; i < 160000; i++) bytes.writeInt16LE(9000 * Math.sin(i / 7), 44 + 2 * i);
      }
      msg.payload = bytes;
      return msg;`;
    await red?.deploy(flowOf('ecapa-classify', make));
    const sound = await post(url, { isAudio: true });
    assert.equal(sound.status, 200, JSON.stringify(sound.said));
    assert.equal(sound.said.durationSeconds, 10);
    const zeros = await post(url, { isAudio: false });
    assert.equal(zeros.status, 500);
    assert.ok(typeof zeros.said.code === 'string', JSON.stringify(zeros.said));
    assert.deepEqual(temporary(), earlier);
  });

  it('has lost nothing that it had answered when Node-RED is killed in the midst of training', async () => {
    const take = 'Object.assign(msg, msg.payload); return msg;';
    const train = flowOf('ecapa-train', take, { accept: 'paths' });
    const first = await start();
    await first.deploy(train);
    const labels = { speech: 'speech-announcement.mp3', music: 'music-band.mp3', noise: 'noise-rain.opus' };
    for (const label of Object.keys(labels)) {
      for (const gain of [1, 2]) {
        const { status, said } = await post(first.url, { payload: `sample:${label}`, label, gain });
        assert.equal(status, 200, JSON.stringify(said));
      }
    }
    const cut = post(first.url, { train: true }).catch(() => undefined);
    await pause(5);
    await red?.kill();
    await cut;

    const second = await start();
    await second.deploy(train);
    const { said } = await post(second.url, { undo: true });
    assert.deepEqual(said.clips, { speech: 2, music: 2, noise: 1 });
    const trained = await post(second.url, { train: true });
    assert.equal(trained.said.event, 'trained', JSON.stringify(trained.said));
    const { headFile } = trained.said as { headFile: string };
    assert.ok(existsSync(headFile));
  });
});
