import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { decodeMono16k, wavHeader } from '@ecapa/core';
import { ecapa, jsonLines, SAMPLES } from './cli.js';
import { Live } from './live-command.js';

const AUDIO = fileURLToPath(new URL('../fixtures/audio', import.meta.url));
const MUSIC = readFileSync(join(SAMPLES, 'music-band.mp3'));

/** 16-bit samples at 16 kHz. */
async function pcmOf(name: string): Promise<Uint8Array> {
  const { blocks } = await decodeMono16k(join(SAMPLES, name));
  const parts: Uint8Array[] = [];
  for await (const block of blocks) {
    parts.push(
      new Uint8Array(Int16Array.from(block, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767).buffer),
    );
  }
  return Buffer.concat(parts);
}

interface SegmentLine {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
}

const segmentsOf = (text: string): SegmentLine[] => jsonLines(text) as unknown as SegmentLine[];

describe('ecapa on streams', function () {
  this.timeout(60_000);
  let folder: string;
  let server: Server | undefined;
  let music: Uint8Array;
  let speech: Uint8Array;
  /** As programs write WAV to a pipe: its length is not known. */
  const header = Buffer.from(wavHeader({ sampleRate: 16_000, channels: 1, format: 'pcm16' }, 0));
  header.writeUInt32LE(0xffffffff, 4);
  header.writeUInt32LE(0xffffffff, header.length - 4);
  before(async () => {
    music = await pcmOf('music-band.mp3');
    speech = await pcmOf('speech-announcement.mp3');
    folder = mkdtempSync(join(tmpdir(), 'ecapa-live-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
  };

  it('prints segments while the input goes on, copies nothing, and on Ctrl-C tells the rest', async () => {
    const live = new Live(['timeline', '--format', 'jsonl', '-'], { TMPDIR: folder });
    for (const bytes of [header, music, speech, music, music]) await live.write(bytes);
    await live.printed(/"endSeconds":[\d.]+,"label":"speech"/); // and the input is still open
    const [first, second] = segmentsOf(live.stdout);
    assert.deepEqual([first?.label, second?.label, first?.startSeconds], ['music', 'speech', 0]);
    for (let sent = 0; sent < 2e6; sent += music.length) await live.write(music);
    assert.deepEqual(readdirSync(folder), []);
    live.interrupt();
    const { code } = await live.ended;
    assert.equal(code, 130);
    const segments = segmentsOf(live.stdout);
    assert.deepEqual([segments.at(-1)?.label, live.stderr], ['music', '']);
    assert.ok((segments.at(-1)?.endSeconds ?? 0) > 60, live.stdout);
  });

  for (const [what, args, read] of [
    ['a file', ['timeline', '--format', 'json', '-o', 'FILE'], true],
    ['JSON', ['timeline', '--json'], false],
    ['a verdict', ['classify', '--json'], false],
  ] as const) {
    it(`writes what was heard when Ctrl-C ends it: ${what}`, async () => {
      const file = join(folder, 'heard.json');
      const live = new Live([...args.map((arg) => (arg === 'FILE' ? file : arg)), '-']);
      await live.write(header);
      for (let sent = 0; sent < 2e6; sent += music.length) await live.write(music);
      live.interrupt();
      assert.equal((await live.ended).code, 130);
      assert.match(live.stderr, /the stream is ended here/);
      const [line] = jsonLines(read ? readFileSync(file, 'utf8') : live.stdout);
      assert.deepEqual([line?.label, line?.endedBy, line?.partial], ['music', 'user', undefined]);
      assert.ok((line?.durationSeconds ?? 0) > 30, `${line?.durationSeconds} s`);
      if (read) assert.deepEqual([readdirSync(folder), live.stdout], [['heard.json'], '']);
      rmSync(file, { force: true });
    });
  }

  it('says nothing on Ctrl-C before anything has come', async function () {
    if (process.platform === 'win32') this.skip();
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await serve((_, response) => {
      response.writeHead(200).flushHeaders();
      asked();
    });
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const cases = [
      { name: url, isOpen: () => isAsked },
      { name: pipe, isOpen: () => open(pipe, 'w') }, // opens once somebody reads
    ];
    for (const { name, isOpen } of cases) {
      const live = new Live(['classify', '--json', name]);
      const writer = await isOpen();
      live.interrupt();
      assert.deepEqual([(await live.ended).code, live.stdout], [130, '']);
      await writer?.close();
    }
    rmSync(pipe);
  });

  it('prints the heading of a table before anything has come', async () => {
    for (const [format, heading] of [
      ['csv', /^file,.*\r\n$/],
      ['tsv', /^file\t.*\n$/],
      ['webvtt', /^WEBVTT\n$/],
    ] as const) {
      const live = new Live(['timeline', '--format', format, '-']);
      await live.printed(heading);
      live.interrupt();
      assert.equal((await live.ended).code, 130);
    }
  });

  it('leaves quietly when nobody reads on', async () => {
    const live = new Live(['timeline', '--format', 'csv', '-']);
    const sending = (async () => {
      await live.write(header);
      for (let i = 0; i < 400; i++) await live.write(i % 2 === 0 ? music : speech);
    })();
    await live.printed(/^file,.*\r\nstandard input,/);
    live.hangUp();
    assert.deepEqual([(await live.ended).code, live.stderr], [0, '']);
    await sending;
  });

  it('hears so much of a radio station as it is told, wherever that begins', async () => {
    let closed = 0;
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'icy-name': 'Radio Test' });
      response.on('close', () => closed++);
      response.write(MUSIC.subarray(700)); // in the middle of a frame
      const more = (): void => void (response.destroyed || (response.write(MUSIC) ? setImmediate(more) : 0));
      response.on('drain', more);
      more();
    });
    const ran = await ecapa(['timeline', '--format', 'jsonl', '--limit', '14', url]);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(segmentsOf(ran.stdout).at(-1)?.endSeconds, 14);
    const [verdict] = jsonLines((await ecapa(['classify', '--json', '--limit', '6', url])).stdout);
    assert.deepEqual([verdict?.label, verdict?.partial], ['music', undefined]);
    const seconds = verdict?.durationSeconds ?? 0;
    assert.ok(seconds > 5.9 && seconds <= 6, `${seconds} s`); // frames that were joined anyhow leave a gap
    const refused = await ecapa(['classify', '--json', url]);
    assert.equal(refused.code, 1);
    const { code, message } = jsonLines(refused.stdout)[0]?.error ?? { code: '', message: '' };
    assert.equal(code, 'TOO_LONG');
    assert.match(message, /radio station, which never ends.*--limit/);
    assert.equal(closed, 3);
  });

  it('hears audio without a length to its end, or until Ctrl-C, and says that it may never come', async () => {
    let isEndless = false;
    let sentEnough: () => void = () => undefined;
    const hasSentEnough = new Promise<void>((resolve) => {
      sentEnough = resolve;
    });
    const sound = function* (): Generator<Uint8Array> {
      for (let sent = 0; isEndless || sent === 0; sent += MUSIC.length) {
        yield MUSIC;
        if (sent > 4e6) sentEnough();
      }
    };
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      Readable.from(sound()).pipe(response);
    });
    const finite = await ecapa(['classify', '--json', url]);
    assert.equal(finite.code, 0);
    assert.match(finite.stderr, /^ecapa: http.*the server gives no length\. .*--limit.*Ctrl-C\n$/);
    assert.equal(jsonLines(finite.stdout)[0]?.label, 'music');
    isEndless = true;
    const live = new Live(['classify', '--json', url]);
    await hasSentEnough;
    live.interrupt();
    assert.equal((await live.ended).code, 130);
    const [verdict] = jsonLines(live.stdout);
    assert.deepEqual([verdict?.label, verdict?.endedBy], ['music', 'user']);
  });

  it('gives up on a server that sends nothing, and tells what was heard of one that breaks off', async () => {
    const slow = await serve((_, response) => response.writeHead(200).write(header));
    const started = performance.now();
    const ran = await ecapa(['timeline', '--format', 'csv', '--timeout', '1', slow]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /UND_ERR_BODY_TIMEOUT.*\[DOWNLOAD_FAILED\]/);
    assert.ok(performance.now() - started < 30_000);
    server?.closeAllConnections();
    server?.close();
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1e9 });
      response.write(Buffer.concat([header, music, speech]), () => setTimeout(() => response.destroy(), 200));
    });
    const half = await ecapa(['timeline', '--format', 'jsonl', broken]);
    assert.equal(half.code, 1);
    const lines = segmentsOf(half.stdout);
    assert.deepEqual(
      lines.map(({ label }) => label).filter((label) => label !== 'silence'),
      ['music', 'speech', undefined],
    );
    assert.equal(jsonLines(half.stdout).at(-1)?.error?.code, 'DOWNLOAD_FAILED');
  });

  it('copies what must be sought in, up to a limit', async () => {
    const input = readFileSync(join(AUDIO, 'source.moov-last.m4a'));
    const copied = await ecapa(['timeline', '--format', 'jsonl', '-'], { input, env: { TMPDIR: folder } });
    assert.deepEqual([copied.code, copied.stderr], [0, '']);
    assert.equal(segmentsOf(copied.stdout)[0]?.startSeconds, 0);
    assert.deepEqual(readdirSync(folder), []);
    const refused = await ecapa(['classify', '--json', '--copy-limit', '0.01', '-'], { input });
    assert.equal(refused.code, 1);
    const { code, message } = jsonLines(refused.stdout)[0]?.error ?? { code: '', message: '' };
    assert.equal(code, 'TOO_LONG');
    assert.match(message, /^standard input: this format is decoded from a file.*--copy-limit/);
  });
});
