import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseAlsaDevices, parseFfmpegDevices, parsePulseSources } from '../src/recording-programs.js';
import { Flow } from './flow.js';
import { isRunning } from './processes.js';
import { samplesOf } from './sound.js';

const SAMPLES = join(__dirname, '..', 'samples');
/** How often the recorder dies, hangs and comes back (500 times: pnpm soak:listen). */
const LIVES = 6;

interface Report {
  readonly type?: string;
  readonly event?: string;
  readonly label?: string;
  readonly reason?: string;
  readonly failures?: number;
  readonly waitSeconds?: number;
}

const flowOf = (settings: object): object[] => [
  { id: 'tab', type: 'tab' },
  {
    id: 'it',
    z: 'tab',
    type: 'ecapa-listen',
    topic: 'door',
    hangSeconds: '0.5',
    retrySeconds: '0.05',
    ...settings,
    wires: [['sound', 'stream'], ['state']],
  },
  {
    id: 'stream',
    z: 'tab',
    type: 'ecapa-stream',
    bufferSeconds: '600',
    gapSeconds: '60',
    wires: [[], [], ['events']],
  },
  { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
  ...['sound', 'state', 'events', 'errors'].map((id) => ({ id, z: 'tab', type: 'helper' })),
];

describe('ecapa-listen', () => {
  let flow: Flow;
  let folder: string;
  const path = process.env.PATH;
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(async () => {
    flow = new Flow();
    folder = mkdtempSync(join(tmpdir(), 'ecapa-listen-'));
    mkdirSync(join(folder, 'bin'));
    process.env.PATH = `${join(folder, 'bin')}${delimiter}${path}`;
    writeFileSync(
      join(folder, 'speech.pcm'),
      Buffer.from((await samplesOf('speech-announcement.mp3', 6)).buffer),
    );
  });
  afterEach(async () => {
    process.env.PATH = path;
    await flow.stop();
    rmSync(folder, { recursive: true });
  });

  /** A program in the place of another; it notes its process number. */
  function program(name: string, script: string): void {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\necho $$ >> ${join(folder, 'pids')}\n${script}\n`);
    chmodSync(file, 0o755);
  }
  const pids = (): number[] =>
    readFileSync(join(folder, 'pids'), 'utf8').split('\n').filter(Boolean).map(Number);
  const states = (): Report[] => (flow.received.state ?? []).map(({ payload }) => payload as Report);
  const events = (): Report[] => (flow.received.events ?? []).map(({ payload }) => payload as Report);

  it('starts one recorder on request, however often it is asked, and leaves no process when it is stopped', async () => {
    program('arecord', `cat ${folder}/speech.pcm ${folder}/speech.pcm; exec sleep 600`);
    await flow.start(flowOf({ hangSeconds: '60' }));
    for (let i = 0; i < 3; i++) flow.send('it', { payload: true });
    await flow.wait('sound', 5);
    await flow.until(() => events().length > 0);
    assert.equal(pids().length, 1);
    flow.send('it', { payload: 'stop' });
    await flow.until(() => states().at(-1)?.event === 'stopped');
    assert.ok(!pids().some(isRunning));
    await flow.wait('events', 2);
    assert.deepEqual(
      events().map(({ type, label, reason }) => [type, label, reason]),
      [
        ['started', 'speech', undefined],
        ['ended', 'speech', 'stopped'],
      ],
    );
    const bytes = (flow.received.sound ?? []).flatMap(({ payload }) =>
      payload === null ? [] : [payload as Buffer],
    );
    const speech = readFileSync(join(folder, 'speech.pcm'));
    assert.deepEqual(Buffer.concat(bytes), Buffer.concat([speech, speech]));
    assert.deepEqual(
      states().map(({ event }) => event),
      ['starting', 'listening', 'stopped'],
    );
  });

  it('starts with the flow, and ends with it, also a recorder that does not listen to reason', async () => {
    program('arecord', `trap '' TERM; cat ${folder}/speech.pcm; while :; do sleep 0.2; done`);
    const nodes = flowOf({ autoStart: true, hangSeconds: '60' });
    await flow.start(nodes);
    await flow.wait('sound');
    const { gaveUp } = await flow.restart([{ id: 'tab', type: 'tab' }]);
    assert.equal(gaveUp, 0);
    assert.ok(!pids().some(isRunning));
  });

  it(`comes back ${LIVES} times from a recorder that dies and hangs in turn, and ends each event`, async () => {
    // Odd lives end with an error, even ones hang.
    program(
      'arecord',
      `cat ${folder}/speech.pcm; n=$(wc -l < ${folder}/pids); [ $((n % 2)) = 1 ] && { echo 'no such device' >&2; exit 1; }; exec sleep 600`,
    );
    await flow.start(flowOf({ autoStart: true, hangSeconds: '1', longestRetrySeconds: '0.05' }));
    await flow.until(() => events().filter(({ type }) => type === 'ended').length >= LIVES);
    flow.send('it', { payload: false });
    await flow.until(() => states().at(-1)?.event === 'stopped');
    assert.ok(!pids().some(isRunning), 'no recorder is left');
    const types = events().map(({ type }) => type);
    assert.deepEqual(types.slice(0, 2 * LIVES), Array(LIVES).fill(['started', 'ended']).flat());
    assert.equal(
      types.filter((type) => type === 'started').length,
      types.filter((type) => type === 'ended').length,
    );
    const reasons = states().flatMap(({ event, reason }) => (event === 'retrying' ? [reason] : []));
    assert.ok(reasons.some((reason) => /arecord: no such device \(exit code 1\)/.test(reason ?? '')));
    assert.ok(reasons.some((reason) => /no sound for 1 s/.test(reason ?? '')));
  });

  it('waits longer from failure to failure, and logs a device that stays away once', async () => {
    program('arecord', 'echo "audio open error: Device or resource busy" >&2; exit 1');
    await flow.start(flowOf({ autoStart: true }));
    await flow.until(() => states().filter(({ event }) => event === 'retrying').length >= 4);
    const waits = states().flatMap(({ waitSeconds }) => waitSeconds ?? []);
    assert.deepEqual(waits.slice(0, 4), [0.05, 0.1, 0.2, 0.4]);
    assert.match(states().find(({ event }) => event === 'retrying')?.reason ?? '', /busy/);
    flow.send('it', { payload: 'stop' });
    await flow.until(() => states().at(-1)?.event === 'stopped');
  });

  it('takes the next program where the first is missing, and says what to install where all are', async () => {
    process.env.PATH = join(folder, 'bin');
    await flow.start(flowOf({ autoStart: true }));
    await flow.until(() => states().some(({ event }) => event === 'retrying'));
    assert.match(states().at(-1)?.reason ?? '', /install one of arecord, parec, sox, ffmpeg/);
    process.env.PATH = `${join(folder, 'bin')}${delimiter}${path}`;
    program('parec', `cat ${folder}/speech.pcm; exec sleep 600`);
    if (process.platform === 'linux') {
      process.env.PATH = `${join(folder, 'bin')}${delimiter}/bin${delimiter}/usr/bin`;
      await flow.wait('sound');
    }
  });

  it('never takes its source from a message, and refuses addresses that are none', async () => {
    program('arecord', `cat ${folder}/speech.pcm; exec sleep 600`);
    await flow.start(flowOf({}));
    for (const payload of ['http://example.org', { source: 'file', file: '/etc/passwd' }, 42])
      flow.send('it', { payload });
    const errors = await flow.wait('errors', 3);
    assert.ok(errors.every(({ error }) => (error as { code?: string }).code === 'MESSAGE_INVALID'));
    for (const address of ['file:///etc/passwd', 'pipe:0', '-f lavfi', 'concat:a|b', '']) {
      await flow.restart(flowOf({ source: 'stream', address }));
      flow.send('it', { payload: true });
      const [error] = await flow.wait('errors');
      assert.equal((error?.error as { code?: string } | undefined)?.code, 'SETTINGS_INVALID', address);
    }
  });

  it('listens to a camera through ffmpeg, and keeps its password to itself', async () => {
    program(
      'ffmpeg',
      `printf '%s\\n' "$@" > ${folder}/args; echo "rtsp://me:sec@ret@camera/1: Connection refused" >&2; exit 1`,
    );
    await flow.start(flowOf({ source: 'stream', address: 'rtsp://me:sec@ret@camera/1', autoStart: true }));
    await flow.until(() => states().some(({ event }) => event === 'retrying'));
    const { reason = '' } = states().find(({ event }) => event === 'retrying') ?? {};
    assert.match(reason, /camera\/1: Connection refused/);
    assert.doesNotMatch(reason, /sec|ret@/);
    const args = readFileSync(join(folder, 'args'), 'utf8').split('\n');
    assert.equal(args[args.indexOf('-i') + 1], 'rtsp://me:sec@ret@camera/1');
  });

  it('plays a recording at the pace of its sound, to its end, with nothing installed', async () => {
    process.env.PATH = join(folder, 'bin');
    const started = performance.now();
    await flow.start(
      flowOf({
        source: 'file',
        file: join(SAMPLES, 'speech-announcement.mp3'),
        autoStart: true,
        hangSeconds: '10',
      }),
    );
    await flow.until(() => states().at(-1)?.event === 'stopped');
    assert.match(states().at(-1)?.reason ?? '', /played to its end/);
    await flow.wait('events', 2);
    assert.deepEqual(
      events().map(({ type, label, reason }) => [type, label, reason]),
      [
        ['started', 'speech', undefined],
        ['ended', 'speech', 'ended'],
      ],
    );
    const bytes = (flow.received.sound ?? []).reduce(
      (sum, { payload }) => sum + ((payload as Buffer | null)?.length ?? 0),
      0,
    );
    const seconds = bytes / 32_000;
    assert.ok(seconds > 4 && (performance.now() - started) / 1000 > seconds - 1.2);
  });

  it('follows a web radio through a playlist, across cuts without a gap, with nothing installed', async () => {
    process.env.PATH = join(folder, 'bin');
    const mp3 = readFileSync(join(SAMPLES, 'music-band.mp3'));
    let login: string | undefined;
    // What Node's own fetch, or another node, has made for the whole process.
    const shared = Symbol.for('undici.globalDispatcher.1');
    const others = Reflect.get(globalThis, shared);
    Reflect.set(globalThis, shared, {
      dispatch: () => {
        throw new Error('the agent of the process');
      },
    });
    const radio = createServer((request, response) => {
      if (request.url === '/list') {
        login = request.headers.authorization;
        response.setHeader('Content-Type', 'audio/x-mpegurl');
        response.end(`#EXTM3U\nhttp://${request.headers.host}/live\n`);
        return;
      }
      response.setHeader('Content-Type', 'audio/mpeg');
      for (let i = 0; i < 3; i++) response.write(mp3);
      // Then it stays open, and says no more.
    });
    await new Promise<void>((resolve) => radio.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://me:secret@127.0.0.1:${(radio.address() as AddressInfo).port}/list`;
      await flow.start(flowOf({ source: 'stream', address, autoStart: true, hangSeconds: '5' }));
      await flow.until(() => events().some(({ type }) => type === 'ended'));
      assert.ok(events().every(({ label }) => label === 'music'));
      assert.match(states().find(({ event }) => event === 'retrying')?.reason ?? '', /no sound for 5 s/);
      const bytes = (flow.received.sound ?? []).reduce(
        (sum, { payload }) => sum + ((payload as Buffer | null)?.length ?? 0),
        0,
      );
      assert.ok(bytes / 32_000 > 12, `${bytes / 32_000} s of sound`);
      assert.equal(login, `Basic ${Buffer.from('me:secret').toString('base64')}`);
    } finally {
      Reflect.set(globalThis, shared, others);
      radio.closeAllConnections();
      radio.close();
    }
  });
});

describe('lists of microphones', () => {
  it('are read as the programs print them', () => {
    const alsa =
      'null\n    Discard all samples\ndefault:CARD=U0x46d\n    USB Device, USB Audio\n    Default Audio Device\nhw:CARD=Loopback,DEV=0\n    Loopback\n';
    assert.deepEqual(parseAlsaDevices(alsa), [
      { id: 'default:CARD=U0x46d', description: 'USB Device, USB Audio, Default Audio Device' },
      { id: 'hw:CARD=Loopback,DEV=0', description: 'Loopback' },
    ]);
    assert.deepEqual(parseAlsaDevices(''), []);
    assert.deepEqual(parsePulseSources('1\talsa_input.usb\tmodule\ts16le 1ch 48000Hz\tIDLE\n'), [
      { id: 'alsa_input.usb', description: 'alsa_input.usb (s16le 1ch 48000Hz)' },
    ]);
    const mac =
      '[AVFoundation indev @ 0x7f] AVFoundation video devices:\n[AVFoundation indev @ 0x7f] [0] Camera\n[AVFoundation indev @ 0x7f] AVFoundation audio devices:\n[AVFoundation indev @ 0x7f] [0] Built-in Microphone\n';
    assert.deepEqual(parseFfmpegDevices(mac), [{ id: '0', description: 'Built-in Microphone' }]);
    const windows = '[dshow @ 0] "Webcam" (video)\n[dshow @ 0] "Microphone (USB)" (audio)\n';
    assert.deepEqual(parseFfmpegDevices(windows), [
      { id: 'Microphone (USB)', description: 'Microphone (USB)' },
    ]);
  });
});
