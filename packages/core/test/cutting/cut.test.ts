import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AudioBlock, AudioInfo } from '../../src/audio/audio-source.js';
import { decodeBlocks } from '../../src/audio/decode.js';
import { type SampleFormat, WavWriter } from '../../src/audio/wav-writer.js';
import { spansOf } from '../../src/cutting/audio-spans.js';
import { cutRecording } from '../../src/cutting/cut.js';
import { type CutOptions, losslessFormat } from '../../src/cutting/cutter.js';
import { isEcapaError } from '../../src/errors.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';

const RATE = 44_100;
const LENGTH = 5 * RATE + 17;
/** A stereo recording on a 16-bit grid, all samples different from their neighbours. */
const CHANNELS = [1, 3].map((step) =>
  Float32Array.from({ length: LENGTH }, (_, i) => (((i * step * 7919) % 65_536) - 32_768) / 32_768),
);

const INFO: AudioInfo = {
  name: 'talk.wav',
  container: 'wav',
  codec: 'pcm_s16le',
  sampleRate: RATE,
  channels: 2,
};

function segment(label: string, startSeconds: number, endSeconds: number): TimelineSegment {
  return { label, startSeconds, endSeconds, probability: 1, probabilities: {}, presence: {} };
}

const SEGMENTS = [
  segment('speech', 0, 1.01),
  segment('music', 1.01, 2.5),
  segment('speech', 2.5, 2.75),
  segment('silence', 2.75, 3.3),
  segment('speech', 3.3, LENGTH / RATE),
];

async function* blocks(size = 10_007, channels = CHANNELS): AsyncGenerator<AudioBlock> {
  for (let from = 0; from < LENGTH; from += size) {
    yield { channels: channels.map((channel) => channel.subarray(from, from + size)), sampleRate: RATE };
  }
}

/** Reads a WAV back with FFmpeg. */
async function read(path: string): Promise<{ info: AudioInfo; channels: Float32Array[] }> {
  const decoding = await decodeBlocks(path);
  const parts: (readonly Float32Array[])[] = [];
  for await (const block of decoding.blocks) parts.push(block.channels);
  const channels = (parts[0] ?? []).map((_, k) =>
    Float32Array.from(parts.flatMap((part) => [...(part[k] ?? [])])),
  );
  return { info: decoding.info, channels };
}

function frames(from: number, to: number): Float32Array[] {
  return CHANNELS.map((channel) => channel.slice(Math.round(from * RATE), Math.round(to * RATE)));
}

describe('cut', () => {
  let folder: string;
  const cut = (options: Partial<CutOptions>, size?: number) =>
    cutRecording({ info: INFO, blocks: blocks(size) }, SEGMENTS, {
      mode: 'cut',
      label: 'speech',
      output: folder,
      baseName: 'talk',
      ...options,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-cut-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes each part to the sample, whatever the blocks', async () => {
    for (const size of [977, LENGTH]) {
      const files = await cut({}, size);
      assert.deepEqual(
        files.map((file) => file.path.slice(folder.length + 1)),
        [
          'talk.speech.00000.000-00001.010.wav',
          'talk.speech.00002.500-00002.750.wav',
          'talk.speech.00003.300-00005.000.wav',
        ],
      );
      const expected = [frames(0, 1.01), frames(2.5, 2.75), frames(3.3, 10)];
      for (const [index, file] of files.entries()) {
        const { info, channels } = await read(file.path);
        assert.deepEqual([info.sampleRate, info.channels, info.codec], [RATE, 2, 'pcm_s16le']);
        assert.deepEqual(channels, expected[index]);
        assert.equal(file.frames, channels[0]?.length);
      }
    }
  });

  it('keeps one label in one file, and masks the others in place', async () => {
    const kept = join(folder, 'kept.wav');
    await cut({ mode: 'keep', output: kept });
    const expected = [frames(0, 1.01), frames(2.5, 2.75), frames(3.3, 10)];
    assert.deepEqual(
      (await read(kept)).channels,
      [0, 1].map((k) => Float32Array.from(expected.flatMap((part) => [...(part[k] ?? [])]))),
    );
    const masked = join(folder, 'masked.wav');
    await cut({ mode: 'mask', label: 'music', output: masked });
    const { channels } = await read(masked);
    const music = CHANNELS.map((channel) =>
      channel.map((sample, i) => (i >= 44_541 && i < 110_250 ? sample : 0)),
    );
    assert.deepEqual(channels, music);
    assert.deepEqual((await readdir(folder)).sort(), ['kept.wav', 'masked.wav']);
  });

  it('masks a damaged recording in place: what is missing becomes silence of its length', async () => {
    const gapSeconds = 0.7;
    const damaged = [
      segment('music', 0, 1),
      segment('gap', 1, 1 + gapSeconds),
      segment('speech', 1 + gapSeconds, 3 + gapSeconds),
      segment('gap', 3 + gapSeconds, 3 + 2 * gapSeconds),
      segment('music', 3 + 2 * gapSeconds, LENGTH / RATE + 2 * gapSeconds),
      segment('gap', LENGTH / RATE + 2 * gapSeconds, LENGTH / RATE + 3 * gapSeconds),
    ];
    const output = join(folder, 'masked.wav');
    const gapFrames = Math.round(gapSeconds * RATE);
    for (const size of [977, LENGTH]) {
      const options = { mode: 'mask', label: 'speech', output, baseName: 'talk' } as const;
      const [file] = await cutRecording({ info: INFO, blocks: blocks(size) }, damaged, options);
      assert.equal(file?.frames, LENGTH + 3 * gapFrames);
      const { channels } = await read(output);
      const speech = CHANNELS.map((channel) => {
        const samples = new Float32Array(LENGTH + 3 * gapFrames);
        samples.set(channel.subarray(RATE, 3 * RATE), RATE + gapFrames);
        return samples;
      });
      assert.deepEqual(channels, speech);
    }
    // Nothing is put into what is kept: a gap is no stretch of the label.
    const [kept] = await cutRecording({ info: INFO, blocks: blocks() }, damaged, {
      mode: 'keep',
      label: 'speech',
      output,
      baseName: 'talk',
    });
    assert.equal(kept?.frames, 2 * RATE);
  });

  it('masks a damaged file to the length of its timeline', async () => {
    const path = new URL('../../../../test/fixtures/samples/speech-radio-talk.flac', import.meta.url);
    const bytes = new Uint8Array(readFileSync(fileURLToPath(path)));
    bytes.fill(0, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.5));
    const segments: TimelineSegment[] = [];
    let at = 0;
    const add = (label: string, seconds: number): void => {
      segments.push(segment(label, at, at + seconds));
      at += seconds;
    };
    for await (const { channels, sampleRate, lostSeconds = 0 } of (await decodeBlocks(bytes)).blocks) {
      if (lostSeconds > 0) add('gap', lostSeconds);
      add('speech', (channels[0]?.length ?? 0) / sampleRate);
    }
    assert.ok(segments.some(({ label }) => label === 'gap'));
    const decoding = await decodeBlocks(bytes);
    const output = join(folder, 'masked.wav');
    const options = { mode: 'mask', label: 'speech', output, baseName: 'talk' } as const;
    const [file] = await cutRecording(decoding, segments, options);
    const seconds = (file?.frames ?? 0) / decoding.info.sampleRate;
    assert.ok(Math.abs(seconds - at) < 0.001, `${seconds} s for ${at} s`);
  });

  it('holds every format without loss, also with many channels', async () => {
    const fine = Float32Array.from({ length: 1000 }, (_, i) => (i * 16_001 - 8_000_000) / 0x80_0000);
    const cases: [SampleFormat, number, Float32Array][] = [
      ['pcm16', 1, fine.map((sample) => Math.round(sample * 0x8000) / 0x8000)],
      ['pcm24', 1, fine],
      ['pcm24', 6, fine],
      ['float32', 2, fine.map((sample) => Math.fround(sample * 1.7))],
      ['pcm16', 3, fine.map((sample) => Math.round(sample * 0x8000) / 0x8000)],
    ];
    for (const [format, count, samples] of cases) {
      const path = join(folder, `${format}-${count}.wav`);
      const writer = await WavWriter.create(path, { sampleRate: 22_050, channels: count, format });
      const planes = Array.from({ length: count }, (_, k) => samples.map((sample) => sample / 2 ** k));
      const exact =
        format === 'float32'
          ? planes
          : planes.map((plane) => plane.map((sample) => quantized(sample, format)));
      await writer.write(planes, 0, 999);
      await writer.write(planes, 999, 1000);
      await writer.finish();
      const { info, channels } = await read(path);
      assert.deepEqual([info.sampleRate, info.channels], [22_050, count]);
      assert.deepEqual(channels, exact, `${format} ${count}`);
    }
  });

  it('joins neighbours, and counts time that holds no audio out', () => {
    const spans = spansOf(
      [
        segment('speech', 0, 1),
        segment('speech', 1, 2),
        segment('gap', 2, 5),
        segment('speech', 5, 6),
        segment('music', 6, 7),
      ],
      'speech',
    );
    assert.deepEqual(
      spans.map((span) => [span.startSeconds, span.audioStartSeconds, span.audioEndSeconds]),
      [
        [0, 0, 2],
        [5, 2, 3],
      ],
    );
    assert.deepEqual(spansOf(SEGMENTS, 'noise'), []);
  });

  it('chooses a format that loses nothing', () => {
    assert.deepEqual(
      ['pcm_s16le', 'pcm_mulaw', 'adpcm_ms', 'pcm_s24le', 'flac', 'mp3', 'pcm_f32le'].map(losslessFormat),
      ['pcm16', 'pcm16', 'pcm16', 'pcm24', 'pcm24', 'float32', 'float32'],
    );
  });

  it('writes nothing when the label does not occur, and leaves nothing behind when it fails', async () => {
    assert.deepEqual(await cut({ label: 'noise' }), []);
    const controller = new AbortController();
    const aborting = async function* () {
      yield* blocks(10_000);
    };
    setImmediate(() => controller.abort());
    await assert.rejects(
      cutRecording({ info: INFO, blocks: aborting() }, SEGMENTS, {
        mode: 'keep',
        label: 'speech',
        output: join(folder, 'x.wav'),
        baseName: 'x',
        signal: controller.signal,
      }),
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
    await mkdir(join(folder, 'taken'));
    const failing: [Partial<CutOptions>, string][] = [
      [{ output: join(folder, 'nowhere') }, 'WRITE_FAILED'],
      [{ mode: 'keep', output: join(folder, 'taken') }, 'IS_DIRECTORY'],
    ];
    for (const [options, code] of failing) {
      await assert.rejects(cut(options), (error) => isEcapaError(error) && error.code === code, code);
    }
    const changing = async function* (): AsyncGenerator<AudioBlock> {
      yield { channels: CHANNELS, sampleRate: RATE };
      yield { channels: CHANNELS, sampleRate: 48_000 };
    };
    await assert.rejects(
      cutRecording({ info: INFO, blocks: changing() }, [segment('speech', 0, 20)], {
        mode: 'keep',
        label: 'speech',
        output: join(folder, 'x.wav'),
        baseName: 'x',
      }),
      (error) => isEcapaError(error) && error.code === 'UNSUPPORTED_LAYOUT',
    );
    assert.deepEqual(await readdir(folder), ['taken']);
  });
});

function quantized(sample: number, format: SampleFormat): number {
  const scale = format === 'pcm16' ? 0x8000 : 0x80_0000;
  return Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale))) / scale;
}
