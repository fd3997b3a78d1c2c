import assert from 'node:assert/strict';
import { scoreClips, wilsonInterval } from '../../src/heads/evaluate/scores.js';
import { findSuspects } from '../../src/heads/evaluate/suspects.js';

function near(actual: number | null | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${actual} is not ${expected}`);
}

describe('scoreClips', () => {
  // Truth a a a b; called a a b b.
  const clips = [
    { label: 'a', probabilities: [0.9, 0.1] },
    { label: 'a', probabilities: [0.8, 0.2] },
    { label: 'a', probabilities: [0.35, 0.65] },
    { label: 'b', probabilities: [0.4, 0.6] },
  ];
  const scores = scoreClips(['a', 'b'], clips);

  it('counts as one would by hand', () => {
    assert.deepEqual(scores.confusion, [
      [2, 1],
      [0, 1],
    ]);
    assert.equal(scores.accuracy.count, 3);
    near(scores.accuracy.share, 0.75);
    const [a, b] = scores.classes;
    near(a?.precision, 1);
    near(a?.recall, 2 / 3);
    near(a?.f1, 0.8);
    near(b?.precision, 0.5);
    near(b?.recall, 1);
    near(b?.f1, 2 / 3);
    near(scores.logLoss, -(Math.log(0.9) + Math.log(0.8) + Math.log(0.35) + Math.log(0.6)) / 4);
  });

  it('measures calibration over ten bins', () => {
    // Bins (0.5, 0.6]: 1 right at 0.6; (0.6, 0.7]: wrong at 0.65; (0.7, 0.8]: right at 0.8; (0.8, 0.9]: right at 0.9.
    near(scores.calibrationError, (0.4 + 0.65 + 0.2 + 0.1) / 4);
    assert.deepEqual(
      scores.reliability.map((bin) => bin.clips),
      [0, 0, 0, 0, 0, 1, 1, 1, 1, 0],
    );
  });

  it('draws risk against coverage, the surest first, ties together', () => {
    assert.deepEqual(scores.riskCoverage, [
      { coverage: 0.25, risk: 0, threshold: 0.9 },
      { coverage: 0.5, risk: 0, threshold: 0.8 },
      { coverage: 0.75, risk: 1 / 3, threshold: 0.65 },
      { coverage: 1, risk: 0.25, threshold: 0.6 },
    ]);
    near(scores.areaUnderRiskCoverage, (1 / 3 + 0.25) / 4);
    const tied = scoreClips(
      ['a', 'b'],
      ['a', 'b', 'b'].map((label) => ({ label, probabilities: [0.7, 0.3] })),
    );
    assert.deepEqual(tied.riskCoverage, [{ coverage: 1, risk: 2 / 3, threshold: 0.7 }]);
  });

  it('reports how many a rejection rule lets through and how many of those are right', () => {
    const rejecting = scoreClips(
      ['a', 'b'],
      clips.map((clip, i) => ({ ...clip, rejected: i === 2 })),
    );
    assert.equal(rejecting.accepted?.count, 3);
    assert.equal(rejecting.acceptedAccuracy?.share, 1);
    assert.equal(scores.accepted, undefined);
  });

  it('leaves undefined what is undefined', () => {
    const one = scoreClips(['a', 'b', 'c'], [{ label: 'a', probabilities: [1, 0, 0] }]);
    assert.deepEqual(one.classes[1], { label: 'b', clips: 0, precision: null, recall: null, f1: null });
    assert.throws(() => scoreClips(['a', 'b'], [{ label: 'x', probabilities: [1, 0] }]), RangeError);
  });
});

describe('wilsonInterval', () => {
  it('has the published ends', () => {
    // R: binom::binom.wilson(8, 10), (10, 10), (0, 15).
    near(wilsonInterval(8, 10).low, 0.490162471536642, 1e-9);
    near(wilsonInterval(8, 10).high, 0.943317848545625, 1e-9);
    near(wilsonInterval(10, 10).low, 0.722467200136772, 1e-9);
    assert.equal(wilsonInterval(10, 10).high, 1);
    assert.equal(wilsonInterval(0, 15).low, 0);
    near(wilsonInterval(0, 15).high, 0.203883301035849, 1e-9);
    assert.deepEqual([wilsonInterval(0, 0).low, wilsonInterval(0, 0).high], [0, 1]);
  });
});

describe('findSuspects', () => {
  it('names clips that look like another class as much as its own clips do, the worst first', () => {
    const clips = ['a', 'a', 'a', 'b', 'b', 'b'].map((label, i) => ({ path: `${i}.wav`, label }));
    const probabilities = [
      [0.9, 0.1],
      [0.8, 0.2],
      [0.05, 0.95],
      [0.1, 0.9],
      [0.2, 0.8],
      [0.45, 0.55],
    ];
    // Mean own probability: a 0.583, b 0.75. Clip 2 passes 0.75 as b.
    assert.deepEqual(findSuspects(clips, ['a', 'b'], probabilities), [
      { path: '2.wav', label: 'a', looksLike: 'b', ownProbability: 0.05, otherProbability: 0.95 },
    ]);
    const undecided = probabilities.with(2, [0.48, 0.52]);
    assert.deepEqual(findSuspects(clips, ['a', 'b'], undecided), []);
    assert.deepEqual(findSuspects(clips, ['a', 'b'], [undefined, ...probabilities.slice(1)]).length, 1);
  });
});
