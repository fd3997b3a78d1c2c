import assert from 'node:assert/strict';
import { FixedLagSmoother, type SmootherOptions } from '../../src/timeline/smooth.js';

function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

function decode(options: SmootherOptions, steps: readonly number[][]): { states: number[]; delay: number } {
  const smoother = new FixedLagSmoother(options);
  const states: number[] = [];
  let delay = 0;
  for (const [index, step] of steps.entries()) {
    states.push(...smoother.push(step));
    delay = Math.max(delay, index + 1 - states.length);
  }
  states.push(...smoother.finish());
  return { states, delay };
}

/** Score of a labelling under the model, or -Infinity when a stretch (but the last) is too short. */
function score(options: SmootherOptions, steps: readonly number[][], states: readonly number[]): number {
  let total = 0;
  let length = 0;
  for (const [index, state] of states.entries()) {
    const previous = states[index - 1];
    if (previous !== undefined && previous !== state) {
      if (length < (options.minSteps[previous] ?? 0)) return -Infinity;
      total -= options.switchCost;
      length = 0;
    }
    length++;
    total += steps[index]?.[state] ?? 0;
  }
  return total;
}

function* labellings(states: number, length: number): Generator<number[]> {
  for (let code = 0; code < states ** length; code++) {
    const result: number[] = [];
    for (let rest = code, i = 0; i < length; i++, rest = Math.floor(rest / states))
      result.push(rest % states);
    yield result;
  }
}

describe('fixed-lag smoother', () => {
  it('with a lag as long as the recording finds the best of all allowed labellings', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomSource(seed * 7919);
      const states = 2 + (seed % 2);
      const options = {
        minSteps: Array.from({ length: states }, () => 1 + Math.floor(random() * 3)),
        switchCost: random() * 2,
        lagSteps: 50,
      };
      const steps = Array.from({ length: 8 }, () =>
        Array.from({ length: states }, () => Math.log(0.05 + random())),
      );
      let best = -Infinity;
      for (const labelling of labellings(states, steps.length))
        best = Math.max(best, score(options, steps, labelling));
      const found = score(options, steps, decode(options, steps).states);
      assert.ok(Math.abs(found - best) < 1e-9, `seed ${seed}: ${found} instead of ${best}`);
    }
  });

  it('with any lag keeps to minimum durations and to its latency', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomSource(seed * 104729);
      const options = { minSteps: [3, 2, 4], switchCost: 0.5, lagSteps: 1 + (seed % 6) };
      const steps = Array.from({ length: 200 }, () => [0, 0, 0].map(() => Math.log(0.02 + random())));
      const { states, delay } = decode(options, steps);
      assert.equal(states.length, steps.length);
      assert.ok(score(options, steps, states) > -Infinity, `seed ${seed} broke a minimum duration`);
      assert.ok(delay <= options.lagSteps, `${delay} steps late with a lag of ${options.lagSteps}`);
    }
  });

  it('bridges a short contradiction and follows a long one', () => {
    const a = [Math.log(0.9), Math.log(0.1)];
    const b = [Math.log(0.1), Math.log(0.9)];
    const options = { minSteps: [3, 3], switchCost: 3, lagSteps: 10 };
    const short = [...Array(6).fill(a), b, ...Array(6).fill(a)];
    assert.deepEqual(decode(options, short).states, Array(13).fill(0));
    const long = [...Array(6).fill(a), ...Array(6).fill(b)];
    assert.deepEqual(decode(options, long).states, [...Array(6).fill(0), ...Array(6).fill(1)]);
  });

  it('stays exact over a very long stream', () => {
    const options = { minSteps: [2, 2], switchCost: 2, lagSteps: 8 };
    const smoother = new FixedLagSmoother(options);
    const wrong: number[] = [];
    let count = 0;
    for (let step = 0; step < 200_000; step++) {
      const truth = Math.floor(step / 500) % 2;
      const likelihoods = truth === 0 ? [-0.01, -4.6] : [-4.6, -0.01];
      for (const state of smoother.push(likelihoods)) {
        if (state !== Math.floor(count / 500) % 2) wrong.push(count);
        count++;
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('refuses what makes no sense', () => {
    assert.throws(() => new FixedLagSmoother({ minSteps: [], switchCost: 1, lagSteps: 1 }), /minSteps/);
    assert.throws(() => new FixedLagSmoother({ minSteps: [0], switchCost: 1, lagSteps: 1 }), /minSteps\[0\]/);
    assert.throws(() => new FixedLagSmoother({ minSteps: [1], switchCost: -1, lagSteps: 1 }), /switchCost/);
    assert.throws(() => new FixedLagSmoother({ minSteps: [1], switchCost: 1, lagSteps: 1.5 }), /lagSteps/);
    const smoother = new FixedLagSmoother({ minSteps: [1], switchCost: 1, lagSteps: 1 });
    assert.throws(() => smoother.push([Number.NaN]), /logLikelihoods\[0\]/);
  });
});
