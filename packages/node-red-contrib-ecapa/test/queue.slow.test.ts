import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithoutServer, startServer, type TestServer } from '../../queue/test/redis.js';
import { Flow } from './flow.js';

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');
const CLI = join(__dirname, '..', '..', 'cli', 'bin', 'ecapa.js');

describe('ecapa-classify on a queue', () => {
  let server: TestServer;
  let folder: string;
  let worker: ChildProcess | undefined;
  const flow = new Flow();

  before(async function () {
    skipWithoutServer(this);
    server = await startServer(['--requirepass', 'a word']);
    folder = mkdtempSync(join(tmpdir(), 'ecapa-shared-'));
    copyFileSync(join(SAMPLES, 'speech-announcement.mp3'), join(folder, 'talk.mp3'));
  });
  after(async () => {
    if (server === undefined) return;
    await flow.stop();
    worker?.kill('SIGKILL');
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('gives files below the shared folder to a worker, and only those', async () => {
    const queue = { id: 'queue', type: 'ecapa-queue', url: server.url, rootName: 'shared', folder };
    const it = { id: 'it', z: 'tab', type: 'ecapa-classify', queue: 'queue', wires: [['out']] };
    await flow.start(
      [
        { id: 'tab', type: 'tab' },
        queue,
        it,
        { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
        ...['out', 'errors'].map((id) => ({ id, z: 'tab', type: 'helper' })),
      ],
      { queue: { password: 'a word' } },
    );
    const args = ['worker', '--name', 'node-red', '--root', `shared=${folder}`, '--workers', '1'];
    const env = { ...process.env, ECAPA_QUEUE: server.url.replace('//', '//:a%20word@') };
    worker = spawn(process.execPath, [CLI, ...args], { env, stdio: 'inherit' });
    flow.send('it', { payload: join(folder, 'talk.mp3'), topic: 'kept' });
    const [message] = await flow.wait('out', 1);
    const { payload, topic } = message ?? assert.fail('no message');
    const { label, probabilities } = payload as { label: string; probabilities: object };
    assert.deepEqual([label, topic], ['speech', 'kept']);
    assert.deepEqual(Object.keys(probabilities).sort(), ['music', 'noise', 'speech']);

    flow.send('it', { payload: join(SAMPLES, 'music-band.mp3') });
    flow.send('it', { payload: Buffer.from('RIFF') });
    flow.send('it', { payload: join(folder, 'none.mp3') });
    const errors = (await flow.wait('errors', 3)).map(({ error }) => (error as { code: string }).code);
    assert.deepEqual(errors.sort(), ['FILE_NOT_FOUND', 'MESSAGE_INVALID', 'PERMISSION_DENIED']);
  });
});
