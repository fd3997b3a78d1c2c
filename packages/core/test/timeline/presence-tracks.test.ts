import assert from 'node:assert/strict';
import { latencyFrames, planTimeline } from '../../src/timeline/options.js';
import type { PresenceTrack } from '../../src/timeline/presence-tracks.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';
import {
  type TimelineBlock,
  type TimelineBlocksEvent,
  type TimelineStreamOptions,
  timelineOfBlocks,
} from '../../src/timeline/timeline.js';
import type { Head } from '../../src/types.js';
import { HEAD, inBlocks, RATE, sound, ToneEmbedder } from './tones.js';

/** Bands lie at -100 dB without their tone and at 36 dB with it; a label is heard when it fills 0.3 of a window. */
const PRESENCE: Head = {
  ...HEAD,
  presence: {
    weights: Float64Array.of(0.2, 0, 0, 0, 0.2, 0, 0, 0, 0.2),
    bias: Float64Array.of(0, 0, 0).fill(0.2 * 59),
    inputNorm: 'none',
    temperature: 1,
    exclusive: [],
  },
};

/** Sounds laid over one another. */
function mixed(...layers: Float32Array[]): Float32Array {
  return Float32Array.from(layers[0] ?? [], (_, i) =>
    layers.reduce((sum, layer) => sum + (layer[i] ?? 0), 0),
  );
}

interface Heard {
  readonly tracks: PresenceTrack[];
  readonly segments: TimelineSegment[];
  readonly events: TimelineBlocksEvent[];
  readonly end: Extract<TimelineBlocksEvent, { type: 'end' }>['totals'];
}

async function listen(
  blocks: AsyncIterable<TimelineBlock>,
  options: TimelineStreamOptions = {},
  head = PRESENCE,
): Promise<Heard> {
  const events: TimelineBlocksEvent[] = [];
  for await (const event of timelineOfBlocks(new ToneEmbedder(), head, blocks, options)) events.push(event);
  const last = events.at(-1);
  assert.ok(last?.type === 'end');
  return {
    tracks: events.flatMap((event) => (event.type === 'track' ? [event.track] : [])),
    segments: events.flatMap((event) => (event.type === 'segment' ? [event.segment] : [])),
    events,
    end: last.totals,
  };
}

function near(actual: number | undefined, expected: number, within: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= within, `${actual} instead of ${expected}`);
}

describe('presence tracks', () => {
  // Speech from 0 to 12 s, music under it from 6 to 20 s.
  const overlap = mixed(sound(['speech', 12], ['none', 8]), sound(['none', 6], ['music', 14]));

  it('lie over one another, each with its own ends', async () => {
    const { tracks, end } = await listen(inBlocks(overlap));
    assert.deepEqual(tracks.map(({ label }) => label).sort(), ['music', 'speech']);
    const speech = tracks.find(({ label }) => label === 'speech');
    const music = tracks.find(({ label }) => label === 'music');
    assert.equal(speech?.startSeconds, 0);
    near(speech?.endSeconds, 12, 0.2);
    near(music?.startSeconds, 6, 0.2);
    assert.equal(music?.endSeconds, 20);
    assert.ok((music?.probability ?? 0) > 0.9 && (speech?.probability ?? 0) > 0.9);
    assert.deepEqual([...(end.present ?? [])].sort(), ['music', 'speech']);
    near(end.presentSecondsByLabel?.speech, 12, 0.2);
    near(end.presentSecondsByLabel?.music, 14, 0.2);
    assert.equal(end.presentSecondsByLabel?.noise, 0);
    assert.ok((end.presence?.noise ?? 1) < 0.1 && (end.presence?.music ?? 0) > 0.9);
  });

  it('are beside segments, which stay what they are', async () => {
    const withReadout = await listen(inBlocks(overlap));
    const without = await listen(inBlocks(overlap), {}, HEAD);
    const plain = (segments: TimelineSegment[]) => segments.map(({ presence: _, ...rest }) => rest);
    assert.deepEqual(plain(withReadout.segments), plain(without.segments));
    assert.deepEqual(without.tracks, []);
    assert.equal('presence' in without.end, false);
    assert.ok(
      without.events.every((event) => event.type !== 'progress' || event.open?.present === undefined),
    );
  });

  it('end with the audio, also in the midst of a frame', async () => {
    const { tracks, segments } = await listen(inBlocks(overlap.subarray(0, 17 * RATE + 37)));
    const last = (spans: readonly { readonly endSeconds: number }[]): number =>
      Math.max(...spans.map(({ endSeconds }) => endSeconds));
    assert.equal(last(tracks), 17 + 37 / RATE);
    assert.equal(last(segments), 17 + 37 / RATE);
  });

  it('are the same whatever the blocks, live or not', async () => {
    const whole = (await listen(inBlocks(overlap))).tracks;
    assert.deepEqual((await listen(inBlocks(overlap, 777))).tracks, whole);
    assert.deepEqual((await listen(inBlocks(overlap, 1600), { live: true })).tracks, whole);
  });

  it('end in silence and at gaps, and continue after them', async () => {
    const samples = sound(['music', 6], ['none', 3], ['music', 6]);
    const { tracks } = await listen(
      (async function* () {
        yield* inBlocks(samples);
        yield { gapSeconds: 5 };
        yield* inBlocks(sound(['speech', 4]));
      })(),
    );
    assert.equal(tracks.length, 3);
    near(tracks[0]?.endSeconds, 6, 0.05);
    near(tracks[1]?.startSeconds, 9, 0.05);
    assert.deepEqual([tracks[2]?.label, tracks[2]?.startSeconds, tracks[2]?.endSeconds], ['speech', 20, 24]);
  });

  it('are within the stated latency of a live stream', async () => {
    const options = { live: true, lagSeconds: 2 } as const;
    const latency = latencyFrames(planTimeline(HEAD.labels, options)) / 100;
    const samples = mixed(
      sound(['speech', 5], ['none', 5], ['speech', 5], ['none', 15]),
      sound(['none', 3], ['music', 7], ['none', 8], ['music', 12]),
    );
    let heard = 0;
    let count = 0;
    const blocks = async function* () {
      for await (const block of inBlocks(samples, 1600)) {
        heard += block.length / RATE;
        yield block;
      }
    };
    for await (const event of timelineOfBlocks(new ToneEmbedder(), PRESENCE, blocks(), options)) {
      if (event.type !== 'track') continue;
      count++;
      assert.ok(heard - event.track.endSeconds <= latency + 0.1, `${heard - event.track.endSeconds} s late`);
    }
    assert.equal(count, 4);
  });

  it('show at once what can be heard at the moment', async () => {
    const { events } = await listen(inBlocks(overlap, 1600), { live: true });
    const at = (seconds: number) =>
      events.find((event) => event.type === 'progress' && event.progress.doneSeconds >= seconds);
    const open = (seconds: number) => {
      const event = at(seconds);
      return event?.type === 'progress' ? [...(event.open?.present ?? [])].sort() : undefined;
    };
    assert.deepEqual(open(4), ['speech']);
    assert.deepEqual(open(9), ['music', 'speech']);
    assert.deepEqual(open(16), ['music']);
  });

  it('follow presenceThreshold', async () => {
    const strict = await listen(inBlocks(overlap), { presenceThreshold: 1 });
    assert.deepEqual(strict.tracks, []);
    // Odds of 3 to 7 for all labels, whatever is heard.
    const doubtful = { weights: new Float64Array(9), bias: new Float64Array(3).fill(Math.log(3 / 7)) };
    const head: Head = {
      ...PRESENCE,
      presence: { inputNorm: 'none', temperature: 1, exclusive: [], ...doubtful },
    };
    assert.deepEqual((await listen(inBlocks(overlap), {}, head)).tracks, []);
    const lax = await listen(inBlocks(overlap), { presenceThreshold: 0.2 }, head);
    assert.equal(lax.tracks.length, 3);
    for (const { startSeconds, endSeconds, probability } of lax.tracks) {
      assert.deepEqual([startSeconds, endSeconds], [0, 20]);
      near(probability, 0.3, 1e-9);
    }
  });

  it('never hold two labels at once that exclude one another', async () => {
    const presence = PRESENCE.presence && { ...PRESENCE.presence, exclusive: [['music', 'speech']] as const };
    const { tracks } = await listen(inBlocks(overlap), {}, { ...PRESENCE, ...(presence && { presence }) });
    const [first, second] = tracks.toSorted((a, b) => a.startSeconds - b.startSeconds);
    assert.ok(first !== undefined);
    assert.ok(second === undefined || second.startSeconds >= first.endSeconds - 0.4, JSON.stringify(tracks));
  });

  it('of a recording shorter than a window are its whole', async () => {
    const { tracks } = await listen(inBlocks(mixed(sound(['speech', 1]), sound(['music', 1]))));
    assert.deepEqual(
      tracks.map(({ label, startSeconds, endSeconds }) => [label, startSeconds, endSeconds]),
      [
        ['music', 0, 1],
        ['speech', 0, 1],
      ],
    );
  });

  it('of a long recording are emitted once each', async () => {
    const long = mixed(
      sound(
        ...Array.from({ length: 15 }, (): [string, number] => ['speech', 2]).flatMap(
          (on): [string, number][] => [on, ['none', 4]],
        ),
      ),
      sound(['music', 90]),
    );
    const { tracks } = await listen(inBlocks(long));
    const speech = tracks.filter(({ label }) => label === 'speech');
    assert.equal(speech.length, 15);
    for (const [i, { startSeconds, endSeconds }] of speech.entries()) {
      near(startSeconds, 6 * i, 0.4);
      near(endSeconds, 6 * i + 2, 0.4);
    }
    assert.deepEqual(
      tracks
        .filter(({ label }) => label === 'music')
        .map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]),
      [[0, 90]],
    );
  });
});
