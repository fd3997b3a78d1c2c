import assert from 'node:assert/strict';
import { fuzzAudio } from './fuzz.js';
import { fuzzSeeds } from './fuzz-seeds.js';

describe('damaged audio files', () => {
  // The full count has a command of its own: pnpm --filter @ecapa/core fuzz audio
  it('end in audio or a typed error, in bounded time and memory: 300 files', async () => {
    const results = await fuzzAudio(fuzzSeeds(), { first: 1, count: 300 });
    const counts = results.flatMap(({ outcomes }) => Object.values(outcomes));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      300,
    );
    const most = (values: readonly number[]): number => Math.max(...values);
    assert.ok(results.length > 20, `${results.length} containers`);
    assert.ok(most(results.map(({ slowestMilliseconds }) => slowestMilliseconds)) < 5000);
    assert.ok(most(results.map(({ largestBytes }) => largestBytes)) < 128 * 2 ** 20);
    const codes = new Set(results.flatMap(({ outcomes }) => Object.keys(outcomes)));
    for (const code of ['audio', 'partial', 'CORRUPT_AUDIO', 'NOT_AUDIO']) assert.ok(codes.has(code), code);
  }).timeout(120_000);
});
