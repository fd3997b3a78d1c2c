import assert from 'node:assert/strict';
import type { AudioInfo, SourceBlock } from '../../src/audio/audio-source.js';
import { BlockChecker } from '../../src/audio/check-blocks.js';

const info: AudioInfo = {
  name: 'a.mka',
  container: 'matroska',
  codec: 'opus',
  sampleRate: 8000,
  channels: 1,
};

/** Where a file begins whose first block has this time. */
function startOf(startSeconds: number): number {
  const checker = new BlockChecker({ info, durationIsExact: true });
  const block: SourceBlock = {
    sampleRate: 8000,
    length: 160,
    lostSeconds: 0,
    startSeconds,
    unusableAt: -1,
    silence() {},
    channels: () => [],
    pushTo() {},
  };
  assert.equal(checker.check(block), true);
  return checker.startSeconds;
}

describe("the file's clock", () => {
  it('says where the audio begins, up to a day later', () => {
    assert.equal(startOf(3600), 3600);
    assert.equal(startOf(0.001), 0);
  });

  it('is not believed where it is damaged: years would be filled with silence', () => {
    for (const seconds of [1e9, -5, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(startOf(seconds), 0);
  });
});
