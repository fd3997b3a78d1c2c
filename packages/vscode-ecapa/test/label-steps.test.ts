import assert from 'node:assert/strict';
import { LabelSteps, reviewCounts } from '../src/features/classify/state/label-steps.js';
import type { Result } from '../src/features/classify/state/result.js';

function storeOf(...results: readonly Result[]) {
  const all = new Map(results.map((result) => [result.uri, result]));
  return {
    all,
    get: (uri: string) => all.get(uri),
    set: (result: Result) => void all.set(result.uri, result),
  };
}

function done(uri: string, label: string, correctedLabel?: string): Result {
  return {
    uri,
    state: 'done',
    verdict: {
      label,
      probability: 0.8,
      probabilities: { music: 0.2, speech: 0.8 },
      durationSeconds: 3,
      model: 'm',
      head: 'h',
      method: 'clip',
      partial: false,
    },
    stamp: { sizeBytes: 1, modifiedMs: 1 },
    identity: { modelId: 'm', modelSha256: 'a', headId: 'h', headSha256: 'b' },
    ...(correctedLabel !== undefined && { correctedLabel }),
  } as Result;
}

describe('labels in a review of results', () => {
  it('confirm and correct many at once, and are taken back at once', () => {
    const failed: Result = { uri: 'd', state: 'failed', error: { code: 'NOT_AUDIO', message: 'x' } };
    const store = storeOf(done('a', 'speech'), done('b', 'music'), done('c', 'music', 'speech'), failed);
    const steps = new LabelSteps(store);
    const labels = (): unknown[] =>
      [...store.all.values()].map((result) =>
        result.state === 'done' ? result.correctedLabel : result.state,
      );
    assert.deepEqual(reviewCounts([...store.all.values()]), { done: 1, left: 2 });
    assert.equal(
      steps.label(['a', 'b', 'c', 'd', 'none'], ({ verdict }) => verdict.label),
      3,
    );
    assert.deepEqual(labels(), ['speech', 'music', 'music', 'failed']);
    assert.deepEqual(reviewCounts([...store.all.values()]), { done: 3, left: 0 });
    assert.equal(
      steps.label(['a'], () => 'speech'),
      0,
      'what is so already is no step',
    );
    assert.equal(
      steps.label(['a'], () => undefined),
      0,
    );
    assert.equal(steps.undo(), 3);
    assert.deepEqual(labels(), [undefined, undefined, 'speech', 'failed']);
    assert.equal(steps.undo(), 0);
  });
});
