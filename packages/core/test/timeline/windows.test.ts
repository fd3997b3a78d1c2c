import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { latencyFrames, planTimeline, type TimelineOptions } from '../../src/timeline/options.js';
import { closingWindowStart, planWindows, windowCount, windowStart } from '../../src/timeline/windows.js';

describe('timeline windows', () => {
  const plan = planWindows(2, 0.5);

  it('counts whole windows and adds one that ends with the recording', () => {
    assert.deepEqual(plan, { windowFrames: 200, hopFrames: 50 });
    assert.equal(windowCount(plan, 199), 0);
    assert.equal(windowCount(plan, 200), 1);
    assert.equal(windowCount(plan, 249), 1);
    assert.equal(windowCount(plan, 250), 2);
    assert.equal(windowStart(plan, 3), 150);
    assert.equal(closingWindowStart(plan, 199), undefined);
    assert.equal(closingWindowStart(plan, 200), undefined);
    assert.equal(closingWindowStart(plan, 249), 49);
    assert.equal(closingWindowStart(plan, 250), undefined);
  });

  it('leaves no frame outside every window, whatever the length', () => {
    for (let frames = 200; frames < 500; frames++) {
      const covered = new Set<number>();
      const starts = Array.from({ length: windowCount(plan, frames) }, (_, i) => windowStart(plan, i));
      const closing = closingWindowStart(plan, frames);
      for (const start of closing === undefined ? starts : [...starts, closing]) {
        assert.ok(start + plan.windowFrames <= frames);
        for (let f = start; f < start + plan.windowFrames; f++) covered.add(f);
      }
      assert.equal(covered.size, frames);
    }
  });

  it('refuses settings that make no sense, naming the field', () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ windowSeconds: -1 }, 'windowSeconds'],
      [{ windowSeconds: 0.1 }, 'windowSeconds'],
      [{ windowSeconds: 1e9 }, 'windowSeconds'],
      [{ windowSeconds: Number.NaN }, 'windowSeconds'],
      [{ hopSeconds: 0 }, 'hopSeconds'],
      [{ hopSeconds: Number.POSITIVE_INFINITY }, 'hopSeconds'],
      [{ windowSeconds: 1, hopSeconds: 1.5 }, 'hopSeconds'],
      [{ lagSeconds: -1 }, 'lagSeconds'],
      [{ switchCost: -0.1 }, 'switchCost'],
      [{ presenceThreshold: 2 }, 'presenceThreshold'],
      [{ minSegmentSeconds: -3 }, 'minSegmentSeconds'],
      [{ minSegmentSeconds: { jazz: 1 } }, 'minSegmentSeconds'],
      [{ silence: { floorDbfs: 3 } }, 'floorDbfs'],
      [{ silence: { floorDbfs: -30, ceilingDbfs: -40 } }, 'ceilingDbfs'],
      [{ silence: { minSilenceSeconds: 0 } }, 'minSilenceSeconds'],
    ];
    for (const [options, field] of cases) {
      assert.throws(
        () => planTimeline(['music', 'speech'], options),
        (error) => error instanceof RangeError && error.message.startsWith(field),
        JSON.stringify(options),
      );
    }
    assert.throws(() => planTimeline(['a'], { windowSeconds: '2' as never }), TypeError);
  });

  it('states a latency that grows with window, hop and lag', () => {
    const latency = (options: object): number => latencyFrames(planTimeline(['a', 'b'], options));
    assert.ok(latency({ lagSeconds: 2 }) < latency({ lagSeconds: 4 }));
    assert.ok(latency({ windowSeconds: 1 }) < latency({ windowSeconds: 3 }));
    assert.ok(latency({}) <= 900);
  });

  it('states the latency that the documentation does', () => {
    const latencySeconds = (options: TimelineOptions): number =>
      latencyFrames(planTimeline(['a', 'b'], options)) / 100;
    const text = readFileSync(new URL('../../../../docs/timeline.md', import.meta.url), 'utf8');
    const [, ...told] =
      /makes ([\d.]+) s with the defaults, ([\d.]+) s with `lagSeconds: 1` and ([\d.]+) s with `lagSeconds: 1.2`/.exec(
        text,
      ) ?? [];
    assert.deepEqual(told.map(Number), [
      latencySeconds({}),
      latencySeconds({ lagSeconds: 1 }),
      latencySeconds({ lagSeconds: 1.2 }),
    ]);
    // window + lag in whole hops + 2 hops + silence
    assert.equal(
      latencySeconds({ windowSeconds: 2, hopSeconds: 1, lagSeconds: 2.6, silence: { minSilenceSeconds: 3 } }),
      2 + 3 + 2 + 3,
    );
    assert.equal(
      latencySeconds({ windowSeconds: 2, hopSeconds: 1, lagSeconds: 0, silence: false }),
      2 + 1 + 2,
    );
  });
});
