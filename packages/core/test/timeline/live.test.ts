import assert from 'node:assert/strict';
import { timelineFormat } from '../../src/timeline/export/formats.js';
import { createLiveWriter, LIVE_FORMATS, type LiveFormat } from '../../src/timeline/export/live.js';
import { type PresenceTrack, tracksByLabel } from '../../src/timeline/presence-tracks.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';
import {
  type TimelineBlock,
  type TimelineBlocksEvent,
  timelineOfBlocks,
} from '../../src/timeline/timeline.js';
import type { Head } from '../../src/types.js';
import { HEAD, inBlocks, LABELS, RATE, sound, ToneEmbedder } from './tones.js';

/** A tone counts as present from 20 dB on. */
const PRESENCE_HEAD: Head = {
  ...HEAD,
  presence: {
    weights: Float64Array.of(0.4, 0, 0, 0, 0.4, 0, 0, 0, 0.4),
    bias: Float64Array.of(-8, -8, -8),
    inputNorm: 'none',
    temperature: 1,
    exclusive: [],
  },
};

const NAMES = { file: 'a,b', labels: LABELS, model: 'tones', head: 'tones-head' };

function over(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((sample, i) => 0.5 * sample + 0.5 * (b[i] ?? 0));
}

/** Music throughout, speech over it twice, then noise after a pause. */
const RECORDING = over(
  sound(['music', 30], ['silence', 2], ['noise', 5]),
  sound(['silence', 5], ['speech', 5], ['silence', 8], ['speech', 4]),
);

interface Written {
  /** What was written while it was heard, with the seconds heard by then. */
  readonly pieces: readonly { readonly text: string; readonly atSeconds: number }[];
  readonly text: string;
  readonly whole: string;
}

async function eventsOf(blocks: AsyncIterable<TimelineBlock>): Promise<TimelineBlocksEvent[]> {
  const events: TimelineBlocksEvent[] = [];
  for await (const event of timelineOfBlocks(new ToneEmbedder(), PRESENCE_HEAD, blocks, { live: true })) {
    events.push(event);
  }
  return events;
}

function write(format: LiveFormat, events: readonly TimelineBlocksEvent[], hasTracks = true): Written {
  const writer = createLiveWriter(format, { ...NAMES, hasTracks });
  const segments: TimelineSegment[] = [];
  const tracks: PresenceTrack[] = [];
  const pieces = [{ text: writer.begin(), atSeconds: 0 }];
  let atSeconds = 0;
  for (const event of events) {
    if (event.type === 'segment') segments.push(event.segment);
    if (event.type === 'track') tracks.push(event.track);
    if (event.type === 'progress') atSeconds = event.progress.doneSeconds;
    if (event.type !== 'segment' && event.type !== 'track' && event.type !== 'progress') continue;
    const text = writer.add(event);
    if (text !== '') pieces.push({ text, atSeconds });
  }
  pieces.push({ text: writer.end(), atSeconds });
  const report = { ...NAMES, durationSeconds: atSeconds, segments };
  return {
    pieces,
    text: pieces.map(({ text }) => text).join(''),
    whole: timelineFormat(format).write(
      hasTracks ? { ...report, tracks: tracksByLabel(LABELS, tracks) } : report,
    ),
  };
}

const sortedLines = (text: string): string[] => text.split('\n').sort();

describe('a timeline that is written while it is made', () => {
  let events: readonly TimelineBlocksEvent[] = [];
  before(async () => {
    events = await eventsOf(inBlocks(RECORDING, 8000));
  });

  for (const format of LIVE_FORMATS) {
    it(`has the lines of the whole one: ${format}`, () => {
      const { text, whole } = write(format, events);
      // The probability of what goes on beyond a cue is known so far.
      if (format === 'webvtt') assert.equal(text.replace(/\d+ %/g, '%'), whole.replace(/\d+ %/g, '%'));
      else assert.deepEqual(sortedLines(text), sortedLines(whole));
      const segments = write(format, events, false);
      assert.equal(segments.text, segments.whole);
    });
  }

  it('gives each row as soon as all that is heard in it is final', () => {
    const { pieces } = write('csv', events);
    const rows = pieces.slice(1).flatMap(({ text, atSeconds }) =>
      text
        .trimEnd()
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => ({ line, atSeconds, endSeconds: Number(line.split(',')[3]) })),
    );
    const labels = rows.map(({ line }) => line.split(',')[4]);
    assert.deepEqual(labels, ['speech', 'speech', 'music', 'silence', 'noise']);
    for (const { line, atSeconds, endSeconds } of rows.slice(0, 3))
      assert.ok(atSeconds - endSeconds < 8, `${line} at ${atSeconds} s`);
    // Music goes on beyond it, and is heard all through it.
    assert.match(rows[0]?.line ?? '', /,1,0,1$/);
  });

  it('writes cues while what is heard in them goes on', () => {
    const { pieces } = write('webvtt', events);
    const early = pieces.filter(({ atSeconds }) => atSeconds < 20).map(({ text }) => text);
    assert.match(early.join(''), /00:00:0[45]\.\d+ --> 00:00:(09|10)\.\d+\nmusic \d+ %, speech \d+ %/);
  });

  it('holds back nothing at its end, also where it breaks off', async () => {
    const broken = async function* (): AsyncGenerator<TimelineBlock> {
      yield* inBlocks(RECORDING.subarray(0, 8 * RATE), 8000);
      yield { gapSeconds: 2 };
      yield* inBlocks(RECORDING.subarray(8 * RATE, 12 * RATE), 8000);
    };
    const { text, whole } = write('csv', await eventsOf(broken()));
    assert.deepEqual(sortedLines(text), sortedLines(whole));
    assert.match(text, /,8,10,gap,1,/);
  });
});
