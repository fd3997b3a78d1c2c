import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DecodedGap, decodeMonoWithGaps } from '../../src/audio/decode.js';
import { SNIFF_BYTES, sniff } from '../../src/audio/sniff.js';
import { decodeInThread } from '../../src/engine/decoder-thread.js';
import { EcapaError, isEcapaError } from '../../src/errors.js';

// Threads take no TypeScript on Node 20: the built program is tested.
const WORKER = fileURLToPath(new URL('../../dist/engine/worker.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures', import.meta.url));
const signal = new AbortController().signal;

interface Heard {
  readonly samples: readonly number[];
  readonly gaps: readonly DecodedGap[];
}

async function all(blocks: AsyncIterable<Float32Array | DecodedGap>): Promise<Heard> {
  const samples: number[] = [];
  const gaps: DecodedGap[] = [];
  for await (const block of blocks) {
    if (block instanceof Float32Array) for (const sample of block) samples.push(sample);
    else gaps.push(block);
  }
  return { samples, gaps };
}

/** Pieces as a pipe gives them: of any size. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 9973) {
    yield bytes.subarray(at, at + size);
  }
}

const streamed = readdirSync(join(FIXTURES, 'audio'))
  .map((name) => ({ name, bytes: readFileSync(join(FIXTURES, 'audio', name)) }))
  .filter(({ bytes }) => sniff(bytes.subarray(0, SNIFF_BYTES)).streams);
/** Their containers are those of others here: a thread for each would take its time. */
const ALIKE =
  /^(mute\.film|film\.mkv|piece\.(adpcm|alaw|ulaw|f32|f64|u8|s24|s32|extensible|pcm)|source\.(bare|vbr|mp3\.wav|gsm\.wav|spx|v1|eac3|opus$|vorbis\.mka))/;

describe('bytes that are decoded while they come', () => {
  it('are of the formats that pipes and radio carry', () => {
    const names = streamed.map(({ name }) => name);
    for (const name of [
      'source.mp3',
      'source.adts.aac',
      'source.vorbis.ogg',
      'source.opus',
      'source.opus.webm',
    ])
      assert.ok(names.includes(name), name);
    for (const name of [
      'piece.s16.wav',
      'piece.flac',
      'film.m2t',
      'source.moov-first.m4a',
      'source.fragmented.mp4',
    ])
      assert.ok(names.includes(name), name);
    for (const name of ['source.moov-last.m4a', 'piece.caf']) assert.ok(!names.includes(name), name);
  });

  for (const { name, bytes } of streamed.filter(({ name }) => !ALIKE.test(name))) {
    it(`give what the file gives: ${name}`, async () => {
      const path = join(FIXTURES, 'audio', name);
      const file = await decodeMonoWithGaps(path).catch((error: unknown) => error as EcapaError);
      const stream = decodeInThread(piecesOf(bytes), { name: path, signal }, WORKER);
      if (isEcapaError(file)) {
        await assert.rejects(stream, (error) => isEcapaError(error) && error.code === file.code);
        return;
      }
      const there = await stream;
      assert.deepEqual(await all(there.blocks), await all(file.blocks));
      const { partial, badPackets, durationSeconds } = file.summary();
      const summary = there.summary();
      assert.deepEqual(
        [summary.partial, summary.badPackets, summary.durationSeconds],
        [partial, badPackets, durationSeconds],
      );
    });
  }

  it('are refused at once when they are not audio', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.from('<html>'.repeat(1000));
    };
    await assert.rejects(
      decodeInThread(endless(), { name: 'page', signal }, WORKER),
      (error) => isEcapaError(error) && error.code === 'NOT_AUDIO' && /an HTML page/.test(error.message),
    );
  });

  it('are not waited for longer than what has come takes', async () => {
    const bytes = readFileSync(join(FIXTURES, 'samples/music-band.mp3'));
    let goOn = (): void => undefined;
    const more = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      await more;
      yield bytes.subarray(bytes.length / 2);
    };
    const { blocks, isDry } = await decodeInThread(source(), { name: 'radio', signal }, WORKER);
    let seconds = 0;
    for await (const block of blocks) {
      seconds += block instanceof Float32Array ? block.length / 16_000 : 0;
      if (seconds !== 2) continue;
      assert.ok(isDry());
      goOn();
    }
    assert.ok(seconds > 5, `${seconds} s`);
  });

  it('that break off give what was heard before, then the reason', async () => {
    const bytes = readFileSync(join(FIXTURES, 'samples/music-band.mp3'));
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      throw new EcapaError('DOWNLOAD_FAILED', 'the line is gone');
    };
    const { blocks } = await decodeInThread(source(), { name: 'radio', signal }, WORKER);
    let seconds = 0;
    await assert.rejects(
      async () => {
        for await (const block of blocks)
          seconds += block instanceof Float32Array ? block.length / 16_000 : 0;
      },
      (error) => isEcapaError(error) && error.code === 'DOWNLOAD_FAILED',
    );
    assert.ok(seconds > 2.5, `${seconds} s`);
  });

  it('are taken no faster than they are heard, and let go when nobody listens', async () => {
    const tone = readFileSync(join(FIXTURES, 'audio/piece.streamed.wav'));
    let sentBytes = 0;
    let isClosed = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield tone;
        for (;;) {
          sentBytes += 65_536;
          yield new Uint8Array(65_536).fill(7);
        }
      } finally {
        isClosed = true;
      }
    };
    const { blocks, close } = await decodeInThread(endless(), { name: 'radio', signal }, WORKER);
    for await (const _ of blocks) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(sentBytes < 8e6, `${sentBytes} bytes`);
    await close();
    assert.ok(isClosed);
  });
});
