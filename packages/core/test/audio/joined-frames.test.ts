import assert from 'node:assert/strict';
import { decodeMonoWithGaps } from '../../src/audio/decode.js';
import { JoinedFrames } from '../../src/audio/joined-frames.js';
import { mpegAudioFrame } from '../../src/audio/mpeg-frames.js';
import { StreamedBytes } from '../../src/audio/streamed-bytes.js';
import { audioBytes } from './fixtures.js';

/** An ID3v2 tag of so many bytes, an APEv2 tag without items, and an ID3v1 tag. */
function id3(bytes: number): Buffer {
  const size = bytes - 10;
  return Buffer.concat([
    Buffer.from(
      ['I', 'D', '3'].map((letter) => letter.charCodeAt(0)).concat(4, 0, 0, 0, 0, size >> 7, size & 127),
    ),
    Buffer.alloc(size),
  ]);
}
const ape = Buffer.concat([
  Buffer.from('APETAGEX'),
  Buffer.from([0xd0, 7, 0, 0, 32, 0, 0, 0]),
  Buffer.alloc(48),
]);
const id3v1 = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 0x20)]);

/** A file's frames, without tags and the info frame in front. */
function framesOf(name: string): Buffer {
  const bytes = Buffer.from(audioBytes(name));
  let at =
    bytes.subarray(0, 3).toString('latin1') === 'ID3' ? 10 + (((bytes[8] ?? 0) << 7) | (bytes[9] ?? 0)) : 0;
  const first = bytes.subarray(at, at + 200).toString('latin1');
  if (/Xing|Info/.test(first)) at += mpegAudioFrame(bytes.subarray(at))?.bytes ?? 0;
  return Buffer.from(bytes.subarray(at));
}

async function heard(input: Uint8Array | StreamedBytes) {
  const decoding = await decodeMonoWithGaps(input);
  const parts: Float32Array[] = [];
  let gaps = 0;
  for await (const block of decoding.blocks) {
    if (block instanceof Float32Array) parts.push(block);
    else gaps++;
  }
  return {
    samples: Buffer.concat(parts.map((part) => Buffer.from(part.slice().buffer))),
    gaps,
    ...decoding.summary(),
  };
}

/** As a pipe gives it: in pieces of any size. */
function piped(bytes: Uint8Array, pieceBytes = 1000): StreamedBytes {
  let at = 0;
  const poll = (): Uint8Array | undefined => {
    if (at >= bytes.length) return undefined;
    at += pieceBytes;
    return bytes.subarray(at - pieceBytes, at);
  };
  return new StreamedBytes('a pipe', { poll, wait: () => undefined });
}

function passed(bytes: Uint8Array, intoBytes: number): Buffer {
  const frames = new JoinedFrames(piped(bytes, 777));
  const parts: Buffer[] = [];
  for (let offset = 0; ; ) {
    const into = Buffer.alloc(intoBytes);
    const count = frames.readAt(offset, into);
    if (count === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, count));
    offset += count;
  }
}

describe('joined MP3 files', () => {
  const whole = audioBytes('source.mp3'); // with an ID3 tag and an info frame
  const frames = framesOf('source.mp3');

  it('are heard without a gap where tags and info frames lie, from a file as from a pipe', async () => {
    const alone = await heard(whole);
    for (const between of [[], [id3v1], [ape, id3v1], [id3(300)]]) {
      const joined = Buffer.concat([whole, ...between, whole]);
      const file = await heard(joined);
      assert.deepEqual([file.gaps, file.partial, file.badPackets], [0, false, 0]);
      assert.deepEqual(await heard(piped(joined)), file);
      const excess = file.durationSeconds - 2 * alone.durationSeconds;
      assert.ok(excess >= 0 && excess < 0.06, `${excess} s`); // the second one's encoder delay and padding
      const raw = await heard(Buffer.concat([whole, frames]));
      assert.ok(file.samples.equals(raw.samples));
    }
  });

  it('give the decoder frames alone, however they are read', () => {
    const joined = Buffer.concat([whole, id3v1, id3(5000), whole, ape, id3v1, whole, id3v1]);
    const expected = Buffer.concat([whole, frames, frames]);
    for (const bytes of [1, 13, 400, 5000, 1 << 16])
      assert.ok(passed(joined, bytes).equals(expected), `${bytes}`);
  });

  it('are heard on behind a tag whose length is damaged', async () => {
    const alone = await heard(whole);
    const longId3 = Buffer.from([...Buffer.from('ID3'), 4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f]);
    const noLength = Buffer.from([...Buffer.from('ID3'), 4, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    const longApe = Buffer.concat([ape.subarray(0, 12), Buffer.alloc(4, 0xff), ape.subarray(16)]);
    // A picture in it: longer than what is looked at in one go.
    const withPicture = Buffer.concat([longId3, Buffer.alloc(200_000, 0x55)]);
    for (const tag of [longId3, noLength, longApe, withPicture]) {
      const joined = Buffer.concat([whole, tag, whole]);
      const file = await heard(joined);
      const excess = file.durationSeconds - 2 * alone.durationSeconds;
      assert.ok(Math.abs(excess) < 0.1, `${excess} s`);
      assert.deepEqual(await heard(piped(joined)), file);
    }
  });

  it('are left as they are where they are damaged, or something else', () => {
    const damaged = Buffer.concat([whole, Buffer.alloc(3000, 0x55), id3v1, frames]);
    for (const bytes of [damaged, audioBytes('piece.flac'), frames.subarray(100)])
      assert.ok(passed(bytes, 4096).equals(Buffer.from(bytes)));
  });
});
