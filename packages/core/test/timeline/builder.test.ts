import assert from 'node:assert/strict';
import { TimelineBuilder } from '../../src/timeline/builder.js';
import { planTimeline, type TimelineOptions } from '../../src/timeline/options.js';
import { summarize, type TimelineSegment } from '../../src/timeline/segments.js';
import { closingWindowStart, windowCount, windowStart } from '../../src/timeline/windows.js';

const LABELS = ['music', 'noise', 'speech'];

/** A stretch of made-up audio: a label (or silence) for so many seconds. */
type Stretch = readonly [label: string, seconds: number];

interface Fed {
  readonly segments: TimelineSegment[];
  /** For each segment: frames that had been pushed when it came out. */
  readonly heardSeconds: number[];
}

/** Feeds a builder as the engine would: blocks of frames, then the windows that fell due, then the end. */
function feed(stretches: readonly Stretch[], options: TimelineOptions = {}, blockFrames = 37): Fed {
  const plan = planTimeline(LABELS, options);
  const builder = new TimelineBuilder(LABELS, plan, { hasUnknown: true });
  const truth = stretches.flatMap(([label, seconds]) =>
    new Array<string>(Math.round(seconds * 100)).fill(label),
  );
  const levels = Float32Array.from(truth, (label) => (label === 'silence' ? -90 : -20));
  const fed: Fed = { segments: [], heardSeconds: [] };
  const take = (segments: TimelineSegment[], frames: number): void => {
    fed.segments.push(...segments);
    fed.heardSeconds.push(...segments.map(() => frames / 100));
  };
  const verdict = (startFrame: number) => {
    const endFrame = startFrame + plan.windowFrames;
    const inside = truth.slice(startFrame, endFrame).filter((label) => label !== 'silence');
    const share = (label: string): number =>
      inside.filter((other) => other === label).length / Math.max(1, inside.length);
    const probabilities = LABELS.map((label) => 0.02 + 0.94 * share(label));
    return { startFrame, endFrame, probabilities, isRejected: share('strange') > 0.5 };
  };
  let next = 0;
  for (let from = 0; from < levels.length; from += blockFrames) {
    const to = Math.min(levels.length, from + blockFrames);
    builder.pushFrames(levels.subarray(from, to));
    for (; next < windowCount(plan, builder.decidedFrames); next++)
      take(builder.pushWindow(verdict(windowStart(plan, next))), to);
  }
  builder.endFrames();
  for (; next < windowCount(plan, levels.length); next++)
    take(builder.pushWindow(verdict(windowStart(plan, next))), levels.length);
  const closing = closingWindowStart(plan, levels.length);
  if (closing !== undefined) take(builder.pushWindow(verdict(closing)), levels.length);
  take(builder.finish(levels.length * 160), levels.length);
  return fed;
}

function labelsOf(segments: readonly TimelineSegment[]): string[] {
  return segments.map(({ label }) => label);
}

function checkCover(segments: readonly TimelineSegment[], durationSeconds: number): void {
  let at = 0;
  for (const segment of segments) {
    assert.ok(Math.abs(segment.startSeconds - at) < 1e-9, `hole or overlap at ${at}`);
    assert.ok(segment.endSeconds > segment.startSeconds);
    at = segment.endSeconds;
  }
  assert.ok(Math.abs(at - durationSeconds) < 1e-9, `ends at ${at} instead of ${durationSeconds}`);
}

describe('TimelineBuilder', () => {
  it('gives back what went in, with boundaries far below the hop', () => {
    const { segments } = feed([
      ['speech', 7.3],
      ['music', 5.21],
      ['noise', 12.14],
      ['speech', 3.05],
    ]);
    assert.deepEqual(labelsOf(segments), ['speech', 'music', 'noise', 'speech']);
    checkCover(segments, 27.7);
    for (const [index, truth] of [7.3, 12.51, 24.65].entries()) {
      assert.ok(
        Math.abs((segments[index]?.endSeconds ?? 0) - truth) <= 0.05,
        `${segments[index]?.endSeconds} for ${truth}`,
      );
    }
    const first = segments[0];
    assert.equal(first?.runnerUp?.label, 'music');
    assert.ok((first?.probability ?? 0) > 0.8 && (first?.presence.speech ?? 0) > 0.95);
    assert.ok(Math.abs(Object.values(first?.probabilities ?? {}).reduce((a, b) => a + b, 0) - 1) < 1e-6);
  });

  it('cuts silence out to the frame, and hides a change of class within it', () => {
    const { segments } = feed([
      ['speech', 5],
      ['silence', 1.2],
      ['speech', 4],
      ['silence', 0.8],
      ['music', 6],
    ]);
    assert.deepEqual(labelsOf(segments), ['speech', 'silence', 'speech', 'silence', 'music']);
    assert.deepEqual(
      segments.map(({ endSeconds }) => endSeconds),
      [5, 6.2, 10.2, 11, 17],
    );
    assert.deepEqual(segments[1]?.probabilities, {});
    assert.equal(segments[1]?.probability, 1);
  });

  it('answers unknown where the head does, and only there', () => {
    const { segments } = feed([
      ['speech', 6],
      ['strange', 6],
      ['speech', 6],
    ]);
    assert.deepEqual(labelsOf(segments), ['speech', 'unknown', 'speech']);
    assert.ok(Math.abs((segments[1]?.startSeconds ?? 0) - 6) <= 0.5);
    assert.ok(LABELS.includes(segments[1]?.runnerUp?.label ?? ''));
  });

  it('does the same whatever the size of the blocks', () => {
    const stretches: Stretch[] = [
      ['speech', 4.4],
      ['silence', 0.7],
      ['noise', 8.03],
      ['music', 3.3],
      ['silence', 2],
    ];
    const whole = feed(stretches, {}, 1e6).segments;
    for (const block of [1, 10, 333]) assert.deepEqual(feed(stretches, {}, block).segments, whole);
    checkCover(whole, 18.43);
  });

  it('keeps its latency promise', () => {
    for (const options of [
      {},
      { windowSeconds: 1, hopSeconds: 0.25, lagSeconds: 1 },
      { windowSeconds: 3, hopSeconds: 1, lagSeconds: 8 },
    ]) {
      const stretches = Array.from(
        { length: 30 },
        (_, i): Stretch => [['speech', 'music', 'silence', 'noise'][i % 4] ?? '', 3 + ((i * 7) % 5)],
      );
      const { segments, heardSeconds } = feed(stretches, options, 10);
      const latency = new TimelineBuilder(LABELS, planTimeline(LABELS, options), { hasUnknown: false })
        .latencySeconds;
      const duration = segments.at(-1)?.endSeconds ?? 0;
      for (const [index, segment] of segments.entries()) {
        const late = Math.min(heardSeconds[index] ?? 0, duration) - segment.endSeconds;
        assert.ok(
          late <= latency + 0.1,
          `${JSON.stringify(options)}: ${late.toFixed(2)} s late, promised ${latency}`,
        );
      }
    }
  });

  it('marks gaps, joins those that touch, and continues after them', () => {
    const plan = planTimeline(LABELS, {});
    const builder = new TimelineBuilder(LABELS, plan, { hasUnknown: false, offsetSeconds: 100 });
    const segments: TimelineSegment[] = [];
    const sound = (frames: number, probabilities: number[]): void => {
      builder.pushFrames(new Float32Array(frames).fill(-20));
      builder.endFrames();
      if (frames >= 200)
        segments.push(
          ...builder.pushWindow({ startFrame: 0, endFrame: frames, probabilities, isRejected: false }),
        );
    };
    sound(300, [0.9, 0.05, 0.05]);
    segments.push(...builder.pushGap(300 * 160, 1.5));
    segments.push(...builder.pushGap(0, 0.5));
    sound(5, []);
    segments.push(...builder.pushGap(5 * 160, 1));
    sound(250, [0, 0, 1]);
    segments.push(...builder.finish(250 * 160));
    assert.deepEqual(
      segments.map(({ label, startSeconds, endSeconds }) => [label, startSeconds, endSeconds]),
      [
        ['music', 100, 103],
        ['gap', 103, 105],
        ['unknown', 105, 105.05],
        ['gap', 105.05, 106.05],
        ['speech', 106.05, 108.55],
      ],
    );
    assert.throws(() => builder.pushFrames(new Float32Array(1)), TypeError);
  });

  it('is silent about silence only', () => {
    assert.deepEqual(labelsOf(feed([['silence', 9]]).segments), ['silence']);
    assert.deepEqual(feed([]).segments, []);
  });

  it('reports what is present below the label', () => {
    const plan = planTimeline(LABELS, { windowSeconds: 2, hopSeconds: 0.5, presenceThreshold: 0.25 });
    const builder = new TimelineBuilder(LABELS, plan, { hasUnknown: false });
    builder.pushFrames(new Float32Array(1000).fill(-20));
    builder.endFrames();
    const segments: TimelineSegment[] = [];
    for (let i = 0; i < windowCount(plan, 1000); i++) {
      const startFrame = windowStart(plan, i);
      const probabilities = startFrame < 400 ? [0.3, 0.1, 0.6] : [0.05, 0.05, 0.9];
      segments.push(
        ...builder.pushWindow({ startFrame, endFrame: startFrame + 200, probabilities, isRejected: false }),
      );
    }
    segments.push(...builder.finish(160_000));
    assert.deepEqual(labelsOf(segments), ['speech']);
    assert.equal(segments[0]?.presence.speech, 1);
    assert.equal(segments[0]?.presence.noise, 0);
    assert.ok(Math.abs((segments[0]?.presence.music ?? 0) - 0.475) < 0.01);
  });

  it('holds a constant amount of state over a long recording', () => {
    const plan = planTimeline(LABELS, { windowSeconds: 2 });
    const builder = new TimelineBuilder(LABELS, plan, { hasUnknown: false, bandCount: 20 });
    const levels = new Float32Array(5000).fill(-20);
    const bands = new Float32Array(5000 * 20);
    let next = 0;
    let seconds = 0;
    const sizes: number[] = [];
    for (let block = 0; block < 200; block++) {
      builder.pushFrames(levels, bands);
      for (; next < windowCount(plan, builder.decidedFrames); next++) {
        const startFrame = windowStart(plan, next);
        const isMusic = Math.floor(startFrame / 700) % 2 === 0;
        const segments = builder.pushWindow({
          startFrame,
          endFrame: startFrame + 200,
          probabilities: isMusic ? [1, 0, 0] : [0, 0, 1],
          isRejected: false,
        });
        for (const { startSeconds, endSeconds } of segments) seconds += endSeconds - startSeconds;
      }
      if (block % 50 === 49) {
        globalThis.gc?.();
        sizes.push(process.memoryUsage().arrayBuffers);
      }
    }
    assert.ok(seconds > 9900);
    assert.ok((sizes.at(-1) ?? 0) - (sizes[0] ?? 0) < 4e6, `array buffers grew: ${sizes.join(', ')}`);
  });
});

describe('summarize', () => {
  it('calls a recording mixed when no label has most of what is not silent', () => {
    const thirds = summarize(
      feed([
        ['speech', 14],
        ['silence', 30],
        ['music', 13],
        ['noise', 13],
      ]).segments,
    );
    assert.equal(thirds.dominantLabel, 'speech');
    assert.equal(thirds.mixed, true);
    // The same number everywhere: the mean over the whole recording, not over the label's own segments.
    assert.equal(thirds.dominantProbability, thirds.probabilities.speech);
    assert.ok(thirds.dominantProbability < 0.5, String(thirds.dominantProbability));
    assert.equal(summarize(feed([['silence', 3]]).segments).mixed, undefined);
  });

  it('adds up durations and names the dominant label, silence last', () => {
    const { segments } = feed([
      ['silence', 20],
      ['speech', 6],
      ['silence', 1],
      ['music', 4],
      ['silence', 1],
      ['speech', 3],
    ]);
    const totals = summarize(segments);
    assert.equal(totals.dominantLabel, 'speech');
    assert.ok(Math.abs(totals.durationSeconds - 35) < 1e-9);
    assert.equal(totals.secondsByLabel.speech, 9);
    assert.ok(Math.abs((totals.shareByLabel.silence ?? 0) - 22 / 35) < 1e-9);
    assert.equal(totals.dominantProbability, totals.probabilities.speech);
    assert.equal(totals.mixed, undefined);
    assert.ok(Math.abs(Object.values(totals.probabilities).reduce((a, b) => a + b, 0) - 1) < 1e-6);
    assert.equal(summarize([]).dominantLabel, 'silence');
    assert.equal(summarize([]).dominantProbability, 1);
    assert.equal(summarize(feed([['silence', 3]]).segments).dominantLabel, 'silence');
  });
});
