import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileAccess } from '../src/audio-access.js';
import type { Message } from '../src/flow-node.js';
import { type AudioHints, openAudio, parseAudio } from '../src/message-audio.js';

const HINTS: AudioHints = { format: 'auto', sampleRateHz: undefined, channels: 1, filename: undefined };
const message = (more: object = {}) => ({ _msgid: 'x', ...more }) as Message;

/** What marks messages of the nodes that listen to a network. */
const FROM_NETWORK: Readonly<Record<string, object>> = {
  'HTTP In': { req: {}, res: {} },
  WebSocket: { _session: { type: 'websocket', id: '1' } },
  TCP: { ip: '192.0.2.1', port: 4000 },
  UDP: { ip: '192.0.2.1', port: 4000, fromip: '192.0.2.1:4000' },
  'MQTT In': { topic: 'a', qos: 0, retain: false },
};

async function codeOf(opening: Promise<unknown>): Promise<unknown> {
  try {
    return `no error: ${JSON.stringify(await opening)}`;
  } catch (error) {
    return (error as { code?: string }).code ?? `no code: ${String(error)}`;
  }
}

describe('which files a message may name', () => {
  let folder: string;
  let inside: string;
  let outside: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'ecapa-access-')));
    mkdirSync(join(folder, 'allowed', 'deep'), { recursive: true });
    inside = join(folder, 'allowed', 'deep', 'a.wav');
    outside = join(folder, 'allowed-not.wav');
    for (const path of [inside, outside]) writeFileSync(path, 'x');
    symlinkSync(outside, join(folder, 'allowed', 'link.wav'));
    symlinkSync('/dev/zero', join(folder, 'allowed', 'zero.wav'));
    execFileSync('mkfifo', [join(folder, 'allowed', 'pipe.wav')]);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('by default: any, unless the message came from the network', async () => {
    for (const accept of [undefined, '', 'auto']) {
      const files = new FileAccess(accept, undefined);
      assert.equal(await files.open(outside, message()), outside);
      for (const [node, marks] of Object.entries(FROM_NETWORK)) {
        assert.equal(await codeOf(files.open(outside, message(marks))), 'PERMISSION_DENIED', node);
      }
    }
  });

  it('with "audio data only": none, and with "file paths" any, whatever brought the message', async () => {
    assert.equal(await codeOf(new FileAccess('data', '').open(outside, message())), 'PERMISSION_DENIED');
    for (const marks of Object.values(FROM_NETWORK)) {
      assert.equal(await new FileAccess('paths', '').open(outside, message(marks)), outside);
    }
  });

  it('with folders: what really lies below one of them, and the same answer for everything else, whether it exists or not', async () => {
    const files = new FileAccess('paths', `/nowhere, ${join(folder, 'allowed')}`);
    assert.equal(await files.open(inside, message()), inside);
    assert.equal(await files.open(join(folder, 'allowed', 'x', '..', 'deep', 'a.wav'), message()), inside);
    const refused = [
      outside,
      '/etc/passwd',
      '/no/such/file',
      join(folder, 'allowed', '..', 'allowed-not.wav'),
      join(folder, 'allowed', 'link.wav'),
      join(folder, 'allowed'),
    ];
    const answers = await Promise.all(
      refused.map((path) => files.open(path, message()).then(String, (error: Error) => error.message)),
    );
    assert.match(answers[0] ?? '', /not below one of the folders/);
    assert.equal(new Set(answers).size, 1, answers.join('\n'));
  });

  it('never a device, a pipe or a socket', async () => {
    for (const accept of ['auto', 'paths']) {
      for (const path of ['/dev/zero', '/dev/null', join(folder, 'allowed', 'pipe.wav')]) {
        assert.equal(await codeOf(new FileAccess(accept, '').open(path, message())), 'NOT_AUDIO', path);
      }
    }
    const below = new FileAccess('paths', join(folder, 'allowed'));
    for (const name of ['pipe.wav', 'zero.wav']) {
      const code = await codeOf(below.open(join(folder, 'allowed', name), message()));
      assert.ok(code === 'NOT_AUDIO' || code === 'PERMISSION_DENIED', `${name}: ${String(code)}`);
    }
  });

  it('refuses settings that mean nothing', () => {
    assert.throws(() => new FileAccess('everything', ''), /accept: expected one of/);
    assert.throws(() => new FileAccess('paths', 'relative/folder'), /folders: expected absolute paths/);
  });
});

describe('a text in a message', () => {
  const SECRET = '<script>alert(1)</script>';

  it('is never a path, a sample or part of an error where paths are not taken', async () => {
    const files = new FileAccess('data', '');
    const texts = [
      '/etc/passwd',
      'sample:speech',
      'file:///etc/passwd',
      SECRET,
      `${SECRET.repeat(9000)}`,
      '../x.wav',
    ];
    for (const text of texts) {
      const opening = openAudio(text, message(), HINTS, files);
      const said = await opening.then(
        ({ input }) => (typeof input === 'string' ? `a path: ${input}` : 'base64'),
        (error: Error) => error.message,
      );
      assert.ok(!said.startsWith('a path') && !said.includes('passwd') && !said.includes('<'), said);
    }
  });

  it('that ends in line breaks, as programs print them, names the file before them', () => {
    assert.deepEqual(parseAudio('/a/b.wav\n', HINTS, true), { path: '/a/b.wav', name: '/a/b.wav' });
    assert.deepEqual(parseAudio('/a/b.wav\r\n', HINTS, true), { path: '/a/b.wav', name: '/a/b.wav' });
  });

  it('is not reported back when it can be no path', () => {
    for (const text of [SECRET.repeat(9000), `/a${'\0'}b`]) {
      assert.throws(
        () => parseAudio(text, HINTS, true),
        (error: Error) =>
          error instanceof TypeError && !error.message.includes('<') && error.message.length < 300,
      );
    }
  });
});
