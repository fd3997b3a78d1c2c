import assert from 'node:assert/strict';
import { type BlockPlace, createLossMeter } from '../../src/audio/lost-audio.js';

/** Frames of 100 bytes and 0.025 s one after another, from byte 1000 on. */
function frame(index: number, more: Partial<BlockPlace> = {}): BlockPlace {
  return {
    positionBytes: 1000 + index * 100,
    sizeBytes: 100,
    startSeconds: index * 0.025,
    durationSeconds: 0.025,
    badPackets: 0,
    ...more,
  };
}

function holding(...tags: [at: number, bytes: readonly number[]][]) {
  return {
    readAt(offset: number, into: Uint8Array): number {
      into.fill(0x55);
      for (const [at, bytes] of tags) if (offset === at) into.set(bytes);
      return into.length;
    },
  };
}

function lossesOf(
  format: string,
  places: readonly BlockPlace[],
  declared?: number,
  bytes = holding(),
): number[] {
  const lostBefore = createLossMeter(format, declared, bytes);
  return places.map((place) => Math.round(lostBefore(place) * 1e6) / 1e6);
}

describe('lost audio', () => {
  it('is counted by the bytes passed over in bare frames, whose clock stops with them', () => {
    const after = { startSeconds: 0.1, badPackets: 3 };
    assert.deepEqual(
      lossesOf('mp3', [frame(0), frame(1), frame(2), frame(3), frame(44, after)]),
      [0, 0, 0, 0, 1],
    );
  });

  it('is not the tags between files that were joined', () => {
    const id3 = [...Buffer.from('ID3'), 4, 0, 0, 0, 0, 2, 0x44]; // 10 + 2 * 128 + 68 bytes
    const id3v1 = [...Buffer.from('TAG')];
    const joined = [frame(0), frame(1), { ...frame(2), positionBytes: 1200 + 334 + 128 }];
    assert.deepEqual(lossesOf('mp3', joined, undefined, holding([1200, id3], [1534, id3v1])), [0, 0, 0]);
    assert.deepEqual(lossesOf('mp3', joined), [0, 0, 0.1155]);
    assert.deepEqual(lossesOf('aac', [frame(0), frame(1), { ...frame(2), positionBytes: 1350 }]), [0, 0, 0]);
  });

  it('is a jump of the clock where the file has one', () => {
    const jump = frame(2, { startSeconds: 4.05 });
    assert.deepEqual(lossesOf('ogg', [frame(0), frame(1), jump], 10), [0, 0, 4]);
    assert.deepEqual(lossesOf('ogg', [frame(0), frame(1), frame(2, { startSeconds: 0.06 })], 10), [0, 0, 0]);
  });

  it('is no jump of years, even where a damaged header allows it', () => {
    const jump = frame(2, { startSeconds: 1e8 });
    assert.deepEqual(lossesOf('matroska', [frame(0), frame(1), jump], 1e9), [0, 0, 0]);
  });

  it('is not counted twice where several blocks come out of one packet', () => {
    const same = { positionBytes: 1100, startSeconds: 0.025 };
    const places = [frame(0), frame(1), frame(2, same), frame(3, same), frame(44, { startSeconds: 1.1 })];
    assert.deepEqual(lossesOf('flac', places, 10), [0, 0, 0, 0, 1]);
  });

  it('is counted by packets where the clock is impossible', () => {
    const late = frame(2, { startSeconds: 50, badPackets: 4 });
    const early = frame(2, { startSeconds: 0, badPackets: 4 });
    const none = frame(2, { startSeconds: -1, badPackets: 4 });
    for (const place of [late, early, none])
      assert.deepEqual(lossesOf('matroska', [frame(0), frame(1), place], 10), [0, 0, 0.1]);
  });

  it('begins with the first block: decoders often need a packet to get going', () => {
    assert.deepEqual(lossesOf('mp3', [frame(9, { badPackets: 2 }), frame(10)]), [0, 0]);
  });
});
