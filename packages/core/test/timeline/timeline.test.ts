import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError, isEcapaError } from '../../src/errors.js';
import { FrameStream, MEL_BANDS } from '../../src/timeline/frame-stream.js';
import { latencyFrames, planTimeline } from '../../src/timeline/options.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';
import {
  type TimelineBlock,
  type TimelineBlocksEvent,
  type TimelineStreamOptions,
  timelineOfBlocks,
} from '../../src/timeline/timeline.js';
import { HEAD, inBlocks, LABELS, logEnergies, RATE, sound, ToneEmbedder } from './tones.js';

async function collect(
  blocks: AsyncIterable<TimelineBlock>,
  options: TimelineStreamOptions = {},
  embedder = new ToneEmbedder(),
) {
  const events: TimelineBlocksEvent[] = [];
  for await (const event of timelineOfBlocks(embedder, HEAD, blocks, options)) events.push(event);
  const segments = events.flatMap((event) => (event.type === 'segment' ? [event.segment] : []));
  return {
    events,
    segments,
    embedder,
    spans: segments.map(({ label, startSeconds, endSeconds }) => [label, startSeconds, endSeconds]),
  };
}

function near(spans: unknown[][], expected: [string, number, number][], tolerance = 0.06): void {
  assert.deepEqual(
    spans.map(([label]) => label),
    expected.map(([label]) => label),
  );
  for (const [index, [, start, end]] of expected.entries()) {
    assert.ok(Math.abs(Number(spans[index]?.[1]) - start) <= tolerance, `${spans[index]} for ${start}`);
    assert.ok(Math.abs(Number(spans[index]?.[2]) - end) <= tolerance, `${spans[index]} for ${end}`);
  }
}

describe('FrameStream', () => {
  it('computes each frame once, equal to the whole recording at once, whatever the blocks', async () => {
    for (const length of [1, 159, 160, 640, 8000, 16_001, 40_159]) {
      const samples = Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.001));
      const whole = logEnergies(samples);
      for (const block of [160, 777, 4000]) {
        const embedder = new ToneEmbedder();
        const stream = new FrameStream(async (part) => (await embedder.logMel(part)).values);
        const levels: number[] = [];
        const logMel: number[] = [];
        for (let from = 0; from < length; from += block) {
          stream.push(samples.subarray(from, from + block));
          const chunk = await stream.read();
          levels.push(...chunk.levels);
          logMel.push(...chunk.logMel);
        }
        const rest = await stream.finish();
        levels.push(...rest.levels);
        logMel.push(...rest.logMel);
        assert.equal(levels.length, Math.ceil(length / 160));
        assert.equal(logMel.length, levels.length * MEL_BANDS);
        assert.ok(logMel.every((value, i) => Math.abs(value - (whole[i] ?? 0)) < 1e-3));
      }
    }
  });
});

describe('timelineOfBlocks', () => {
  it('finds what is where, and sums it up', async () => {
    const { spans, events, embedder } = await collect(
      inBlocks(sound(['speech', 6.3], ['silence', 1], ['music', 9.37], ['noise', 4])),
    );
    near(spans, [
      ['speech', 0, 6.3],
      ['silence', 6.3, 7.3],
      ['music', 7.3, 16.67],
      ['noise', 16.67, 20.67],
    ]);
    const end = events.at(-1);
    assert.ok(end?.type === 'end');
    assert.equal(end.totals.dominantLabel, 'music');
    assert.ok(Math.abs(end.totals.durationSeconds - 20.67) < 1e-4);
    assert.ok(embedder.framesComputed < 2067 * 1.1, `${embedder.framesComputed} frames computed for 2067`);
  });

  it('returns the same whatever the blocks, live or not', async () => {
    const samples = sound(['speech', 5.03], ['noise', 6], ['silence', 0.9], ['music', 4.4]);
    const whole = (await collect(inBlocks(samples, samples.length))).segments;
    for (const size of [400, 5000, 48_000])
      assert.deepEqual((await collect(inBlocks(samples, size))).segments, whole);
    assert.deepEqual((await collect(inBlocks(samples, 1600), { live: true })).segments, whole);
  });

  it('embeds recordings up to a window long whole, and skips what is silent', async () => {
    const short = await collect(inBlocks(sound(['music', 1.99]), 5000), { windowSeconds: 2 });
    assert.deepEqual(short.spans, [['music', 0, 1.99]]);
    assert.deepEqual([short.embedder.clipsEmbedded, short.embedder.windowsEmbedded], [1, 0]);
    const longer = await collect(inBlocks(sound(['music', 2.01])), { windowSeconds: 2 });
    assert.deepEqual(longer.spans, [['music', 0, 2.01]]);
    assert.deepEqual([longer.embedder.clipsEmbedded, longer.embedder.windowsEmbedded], [0, 2]);
    const silent = await collect(inBlocks(sound(['silence', 30])));
    assert.deepEqual(silent.spans, [['silence', 0, 30]]);
    assert.equal(silent.embedder.windowsEmbedded, 0);
  });

  it('emits segments while a live stream runs, within the stated latency', async () => {
    const samples = sound(['speech', 4], ['music', 4], ['speech', 4], ['music', 10]);
    let heard = 0;
    const blocks = async function* () {
      for await (const block of inBlocks(samples, 1600)) {
        heard += block.length / RATE;
        yield block;
      }
    };
    let opens = 0;
    const seen: number[] = [];
    const grown: TimelineSegment[] = [];
    for await (const event of timelineOfBlocks(new ToneEmbedder(), HEAD, blocks(), {
      live: true,
      lagSeconds: 2,
    })) {
      if (event.type === 'segment') seen.push(heard - event.segment.endSeconds);
      if (event.type === 'progress' && event.open?.label === 'music') opens++;
      if (event.type === 'progress' && event.growing !== undefined) {
        assert.ok(heard - event.growing.endSeconds < 5.6, 'as long as is final by now');
        grown.push(event.growing);
      }
      if (event.type !== 'segment') continue;
      const before = grown.splice(0).filter(({ label }) => label === event.segment.label);
      assert.ok(before.length > 0, 'a segment is seen to grow before it ends');
      for (const [i, { startSeconds, endSeconds }] of before.entries()) {
        assert.equal(startSeconds, event.segment.startSeconds);
        assert.ok(endSeconds <= event.segment.endSeconds && endSeconds >= (before[i - 1]?.endSeconds ?? 0));
      }
    }
    assert.equal(seen.length, 4);
    assert.ok(
      seen.every((late) => late <= 5.6),
      `came ${seen} s late`,
    );
    assert.ok(opens > 20);
  });

  it('is never later than it states, whatever the lag and the shortest silence', async () => {
    const samples = sound(['speech', 4.1], ['music', 3.3], ['silence', 2.4], ['noise', 3.9], ['speech', 12]);
    const cases: TimelineStreamOptions[] = [
      { lagSeconds: 1.2 },
      { lagSeconds: 0.1, windowSeconds: 2 },
      { lagSeconds: 1, silence: { minSilenceSeconds: 2 } },
      { lagSeconds: 1.2, silence: false },
    ];
    for (const options of cases) {
      const stated = latencyFrames(planTimeline(LABELS, options)) / 100;
      let heard = 0;
      const blocks = async function* () {
        for await (const block of inBlocks(samples, 320)) {
          heard += block.length / RATE;
          yield block;
        }
      };
      for await (const event of timelineOfBlocks(new ToneEmbedder(), HEAD, blocks(), {
        ...options,
        live: true,
      })) {
        if (event.type !== 'segment') continue;
        const late = heard - event.segment.endSeconds;
        assert.ok(late <= stated, `${late} s instead of ${stated} s with ${JSON.stringify(options)}`);
      }
    }
  });

  it('marks gaps and starts again after them', async () => {
    const blocks = async function* (): AsyncGenerator<TimelineBlock> {
      yield* inBlocks(sound(['speech', 5]));
      yield { gapSeconds: 2.5 };
      yield* inBlocks(sound(['speech', 4]));
    };
    const { spans, events } = await collect(blocks(), { startSeconds: 60 });
    assert.deepEqual(spans, [
      ['speech', 60, 65],
      ['gap', 65, 67.5],
      ['speech', 67.5, 71.5],
    ]);
    const last = events.filter((event) => event.type === 'progress').at(-1);
    assert.equal(last?.progress.doneSeconds, 11.5);
  });

  it('survives a source that stalls: emits what it heard, then marks the time away', async () => {
    let awaySeconds = 0;
    const blocks = async function* () {
      yield sound(['speech', 3.3]);
      const from = performance.now();
      await sleep(1700);
      // A busy machine sleeps longer. The second that the block lasts is not away: it is being recorded.
      awaySeconds = (performance.now() - from) / 1000 - 1;
      yield sound(['music', 1]);
    };
    const { events, spans } = await collect(blocks(), { live: true, stallSeconds: 0.05 });
    const kinds = events.map((event) => event.type).filter((type) => type !== 'progress');
    assert.deepEqual(kinds, ['segment', 'stall', 'segment', 'segment', 'end']);
    assert.deepEqual(spans[0], ['speech', 0, 3.3]);
    assert.equal(spans[1]?.[0], 'gap');
    assert.ok(
      Math.abs(Number(spans[1]?.[2]) - 3.3 - awaySeconds) < 0.25,
      `away until ${spans[1]?.[2]}, for ${awaySeconds} s`,
    );
  });

  it('emits what it heard before it passes on the error of a source that fails', async () => {
    const blocks = async function* () {
      yield* inBlocks(sound(['speech', 5], ['music', 5.25]));
      throw new EcapaError('READ_FAILED', 'the cable was pulled');
    };
    const spans: unknown[][] = [];
    await assert.rejects(
      async () => {
        for await (const event of timelineOfBlocks(new ToneEmbedder(), HEAD, blocks())) {
          if (event.type === 'segment')
            spans.push([event.segment.label, event.segment.startSeconds, event.segment.endSeconds]);
        }
      },
      (error) => isEcapaError(error) && error.code === 'READ_FAILED',
    );
    near(spans, [
      ['speech', 0, 5],
      ['music', 5, 10.25],
    ]);
  });

  it('stops at once when cancelled, also while its source sends nothing', async () => {
    const controller = new AbortController();
    const blocks = async function* () {
      yield sound(['speech', 1]);
      setTimeout(() => controller.abort(), 20);
      // Longer than this test may take: it ends only when the silence is cut short.
      await sleep(600_000, undefined, { ref: false });
      yield sound(['speech', 1]);
    };
    await assert.rejects(
      collect(blocks(), { signal: controller.signal }),
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
    await assert.rejects(
      collect(inBlocks(sound(['speech', 1])), { signal: AbortSignal.abort() }),
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
  });

  it('lets go of its source when the reader leaves', async () => {
    let isClosed = false;
    const blocks = async function* () {
      try {
        yield* inBlocks(sound(['speech', 30]));
      } finally {
        isClosed = true;
      }
    };
    for await (const event of timelineOfBlocks(new ToneEmbedder(), HEAD, blocks()))
      if (event.type === 'progress') break;
    assert.ok(isClosed);
  });

  it('refuses nothing at all, next to nothing, and what is not a number', async () => {
    const refused = (samples: Float32Array, code: string) =>
      assert.rejects(collect(inBlocks(samples)), (error) => isEcapaError(error) && error.code === code, code);
    await refused(new Float32Array(0), 'NO_SAMPLES');
    await refused(sound(['speech', 0.03]), 'TOO_SHORT');
    await refused(sound(['speech', 3]).fill(Number.NaN, 20_000, 20_010), 'NON_FINITE_SAMPLES');
    await assert.rejects(collect(inBlocks(sound(['speech', 3])), { hopSeconds: 3 }), RangeError);
    const collectSpeech = (options: object) => collect(inBlocks(sound(['speech', 3])), options);
    await assert.rejects(collectSpeech({ startSeconds: Number.NaN }), /^RangeError: startSeconds/);
    await assert.rejects(collectSpeech({ startSeconds: '3' }), /^TypeError: startSeconds/);
    await assert.rejects(collectSpeech({ stallSeconds: -1 }), /^RangeError: stallSeconds/);
    const foreign = { ...HEAD, modelId: 'other' };
    await assert.rejects(async () => {
      for await (const _ of timelineOfBlocks(new ToneEmbedder(), foreign, inBlocks(sound(['speech', 3]))))
        void _;
    }, /other/);
  });

  it('emits the probabilities of single windows as they come, when asked to', async () => {
    const { events } = await collect(inBlocks(sound(['speech', 3], ['music', 3])), { windows: true });
    const windows = events.flatMap((event) => (event.type === 'windows' ? [event.windows] : []));
    const centres = windows.flatMap(({ centresSeconds }) => [...centresSeconds]);
    const expected = [0.75, 1.5, 2.25, 3, 3.75, 4.5, 5.25];
    assert.deepEqual(
      centres.map((seconds) => Number(seconds.toFixed(3))),
      expected,
    );
    for (const { centresSeconds, probabilities } of windows) {
      assert.equal(probabilities.length, LABELS.length * centresSeconds.length);
      for (const [i, centre] of centresSeconds.entries()) {
        if (Math.abs(centre - 3) < 1) continue;
        const row = probabilities.subarray(LABELS.length * i, LABELS.length * (i + 1));
        assert.ok((row[LABELS.indexOf(centre < 3 ? 'speech' : 'music')] ?? 0) > 0.5, `${centre}: ${row}`);
      }
    }
    const types = events.map(({ type }) => type);
    assert.ok(types.indexOf('windows') < types.lastIndexOf('progress'), 'they come during the run');
  });

  it('gathers a sketch when asked to', async () => {
    const { events } = await collect(inBlocks(sound(['speech', 5], ['music', 5])), { sketch: true });
    const end = events.at(-1);
    assert.ok(end?.type === 'end' && end.sketch !== undefined);
    const { envelope, curves, curveBinSeconds } = end.sketch;
    assert.ok(envelope.length === 1000 && envelope.every((peak) => peak > 0.25 && peak <= 0.31));
    const at = (seconds: number, label: string) =>
      curves[Math.floor(seconds / curveBinSeconds) * 3 + LABELS.indexOf(label)] ?? 0;
    assert.ok(at(2.5, 'speech') > 0.9 && at(8, 'music') > 0.9);
  });
});
