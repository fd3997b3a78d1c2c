import assert from 'node:assert/strict';
import { latencyFrames, planTimeline } from '../../src/timeline/options.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';
import { type TimelineStreamOptions, timelineOfBlocks } from '../../src/timeline/timeline.js';
import type { WindowProbabilities } from '../../src/timeline/window-probabilities.js';
import { HEAD, LABELS, RATE, StretchToneEmbedder, sound, ToneEmbedder } from './tones.js';

/** Classes that change, pauses, silence at either end. */
const RECORDING = sound(
  ['silence', 2],
  ['music', 7.3],
  ['speech', 4.1],
  ['silence', 1.2],
  ['noise', 6],
  ['silence', 5],
  ['speech', 3.07],
);

interface Heard {
  readonly segments: readonly TimelineSegment[];
  readonly centres: readonly number[];
  readonly probabilities: readonly number[];
}

async function* blocksOf(
  samples: Float32Array,
  length: (index: number) => number,
): AsyncGenerator<Float32Array> {
  let index = 0;
  for (let from = 0; from < samples.length; index++) {
    const to = Math.min(samples.length, from + length(index));
    yield samples.subarray(from, to);
    from = to;
  }
}

async function hear(
  embedder: ToneEmbedder,
  options: TimelineStreamOptions = {},
  blockLength: (index: number) => number = () => RATE,
  samples = RECORDING,
): Promise<Heard> {
  const segments: TimelineSegment[] = [];
  const windows: WindowProbabilities[] = [];
  const blocks = blocksOf(samples, blockLength);
  for await (const event of timelineOfBlocks(embedder, HEAD, blocks, { ...options, windows: true })) {
    if (event.type === 'segment') segments.push(event.segment);
    if (event.type === 'windows') windows.push(event.windows);
  }
  return {
    segments,
    centres: windows.flatMap(({ centresSeconds }) => [...centresSeconds]),
    probabilities: windows.flatMap(({ probabilities }) => [...probabilities]),
  };
}

function assertAlike(actual: Heard, expected: Heard): void {
  assert.deepEqual(actual.centres, expected.centres);
  for (const [i, probability] of expected.probabilities.entries()) {
    assert.ok(Math.abs((actual.probabilities[i] ?? Number.NaN) - probability) < 1e-4, `probability ${i}`);
  }
  const spans = ({ segments }: Heard) =>
    segments.map(({ label, startSeconds, endSeconds }) => [label, startSeconds, endSeconds]);
  assert.deepEqual(spans(actual), spans(expected));
}

describe('windows that share a trunk', () => {
  // Where frames are weighed alike, a window's mean is that of its pieces: nothing may be missing, doubled or misplaced.
  for (const [windowSeconds, hopSeconds] of [
    [1.5, 0.75],
    [1.5, 1.5],
    [1.5, 0.5],
    [1.5, 0.4],
    [2, 0.7],
    [1, 0.05],
    [0.73, 0.31],
  ] as const) {
    it(`consist of all their frames: window ${windowSeconds} s, hop ${hopSeconds} s`, async () => {
      const options = { windowSeconds, hopSeconds };
      const shared = new StretchToneEmbedder();
      assertAlike(await hear(shared, options), await hear(new ToneEmbedder(), options));
      assert.ok(shared.windowsPooled > shared.windowsEmbedded, 'most windows were pooled');
    });
  }

  it('are the same however the audio comes', async () => {
    const expected = await hear(new StretchToneEmbedder());
    let dry = false;
    const isDry = (): boolean => {
      dry = !dry;
      return dry;
    };
    const lengths = [160, 5000, 40_000, 1, 16_000];
    const irregular = (index: number): number => lengths[index % lengths.length] ?? RATE;
    for (const heard of [
      await hear(new StretchToneEmbedder(), {}, () => 3000),
      await hear(new StretchToneEmbedder(), { isDry }, irregular),
      await hear(new StretchToneEmbedder(), { isDry: () => true }, () => 800),
      await hear(new StretchToneEmbedder(), {}, () => RECORDING.length),
    ]) {
      assert.deepEqual(heard, expected);
    }
  });

  it('compute each stretch once, four together, and none that is silent', async () => {
    const embedder = new StretchToneEmbedder();
    const samples = sound(['music', 24], ['silence', 24], ['noise', 24]);
    await hear(embedder, {}, () => RATE, samples);
    // Sixteen of each sound; one more may lie on an edge.
    const summed = embedder.calls.reduce((sum, count) => sum + count, 0);
    assert.ok(summed >= 31 && summed <= 34, `${summed} stretches`);
    assert.ok(embedder.calls.filter((count) => count === 4).length >= 6, `${embedder.calls}`);
    assert.ok(Math.max(...embedder.calls) <= 4);
  });

  it('come less than a window later than by themselves where audio comes slowly', async () => {
    const cases: [options: TimelineStreamOptions, later: number][] = [
      [{}, 0.75],
      [{ lagSeconds: 1.2, hopSeconds: 0.4 }, 1.5],
      [{ lagSeconds: 0.1, windowSeconds: 2, silence: false }, 2],
    ];
    for (const [options, later] of cases) {
      const stated = latencyFrames(planTimeline(LABELS, options)) / 100 + later;
      let heard = 0;
      const blocks = async function* () {
        for await (const block of blocksOf(RECORDING, () => 320)) {
          heard += block.length / RATE;
          yield block;
        }
      };
      const embedder = new StretchToneEmbedder();
      for await (const event of timelineOfBlocks(embedder, HEAD, blocks(), {
        ...options,
        isDry: () => true,
      })) {
        if (event.type !== 'segment') continue;
        const late = heard - event.segment.endSeconds;
        assert.ok(late <= stated, `${late} s instead of ${stated} s with ${JSON.stringify(options)}`);
      }
      assert.ok(embedder.windowsPooled > 0);
    }
  });

  it('are judged by themselves in a live source, as soon as their own audio is there', async () => {
    const live = new StretchToneEmbedder();
    assertAlike(await hear(live, { live: true }), await hear(new ToneEmbedder()));
    assert.equal(live.windowsPooled, 0);
  });
});
