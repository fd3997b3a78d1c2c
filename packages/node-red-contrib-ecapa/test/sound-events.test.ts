import assert from 'node:assert/strict';
import { RecentAudio } from '../src/recent-audio.js';
import { type SoundEvent, type SoundEventOptions, SoundEvents } from '../src/sound-events.js';

const OPTIONS: SoundEventOptions = {
  rule: 'dominant',
  labels: [],
  threshold: 0.5,
  settleSeconds: 1,
  holdOffSeconds: 2,
  longestSeconds: 0,
  windowSeconds: 2,
};

/** Events of a sequence of verdicts, two a second, the first at the end of the first window. */
function run(labels: string, options: Partial<SoundEventOptions> = {}): readonly SoundEvent[] {
  const names: Record<string, string> = { s: 'speech', m: 'music', '.': 'silence', '?': 'unknown', g: 'gap' };
  const events = new SoundEvents({ ...OPTIONS, ...options }, 0, undefined);
  const all = [...labels].flatMap((one, i) => [
    ...events.observe(2 + i / 2, {
      label: names[one.toLowerCase()] ?? one,
      probability: one === one.toUpperCase() && /[SM]/.test(one) ? 0.3 : 0.9,
    }),
  ]);
  return [...all, ...events.end(2 + (labels.length - 1) / 2, 'ended')];
}

const short = (events: readonly SoundEvent[]): string[] =>
  events.map((event) =>
    event.type === 'started'
      ? `+${event.label}@${event.startSeconds}`
      : `-${event.label}@${event.endSeconds} ${event.reason}`,
  );

describe('events of sounds', () => {
  it('begin once a class has settled, at the middle of its first window, and end when it has been away', () => {
    assert.deepEqual(short(run('....ssssss......')), ['+speech@3', '-speech@5.5 changed']);
  });

  it('begin with the stream and end with it', () => {
    assert.deepEqual(short(run('ssssss')), ['+speech@0', '-speech@4.5 ended']);
  });

  it('bridge pauses shorter than the hold-off, and no longer ones', () => {
    assert.deepEqual(short(run('sssss..sssss')), ['+speech@0', '-speech@7.5 ended']);
    assert.equal(run('sssss......sssss').length, 4);
  });

  it('end when another class has settled, without waiting for the hold-off', () => {
    assert.deepEqual(short(run('sssssmmmmm')), [
      '+speech@0',
      '-speech@3 changed',
      '+music@3.5',
      '-music@6.5 ended',
    ]);
  });

  it('are not made of single windows, of reserved labels, of improbable or of unwanted classes', () => {
    for (const labels of ['..s..m..s', '......', '??????', 'gggggg', 'SSSSSS'])
      assert.deepEqual(run(labels), [], labels);
    assert.deepEqual(run('ssssss', { labels: ['music'] }), []);
  });

  it('are cut where they last too long, without a gap between', () => {
    const events = short(run('s'.repeat(17), { longestSeconds: 4 }));
    assert.deepEqual(events, [
      '+speech@0',
      '-speech@4 longest',
      '+speech@4',
      '-speech@8 longest',
      '+speech@8',
      '-speech@10 ended',
    ]);
  });

  it('have the peak and the mean of their windows', () => {
    const events = new SoundEvents(OPTIONS, 0, undefined);
    for (const [i, probability] of [0.6, 0.8, 1, 0.6].entries())
      events.observe(2 + i / 2, { label: 'speech', probability });
    const [ended] = events.end(3.5, 'ended');
    assert.ok(ended?.type === 'ended');
    assert.equal(ended.peakProbability, 1);
    assert.ok(Math.abs(ended.meanProbability - 0.75) < 1e-12);
  });

  const CLASSES = ['music', 'noise', 'speech'];
  /** Events of what is present: `b` for speech and music, of which music dominates. */
  function runPresent(heard: string, options: Partial<SoundEventOptions> = {}): readonly SoundEvent[] {
    const events = new SoundEvents({ ...OPTIONS, rule: 'present', ...options }, 0, CLASSES);
    const present: Record<string, readonly string[]> = {
      s: ['speech'],
      m: ['music'],
      b: ['music', 'speech'],
    };
    const all = [...heard].flatMap((one, i) => {
      const labels = present[one] ?? [];
      const presence = Object.fromEntries(
        CLASSES.map((label) => [label, labels.includes(label) ? 0.8 : 0.1]),
      );
      const label = labels[0] ?? 'silence';
      return [...events.observe(2 + i / 2, { label, probability: 0.9, presence, present: labels })];
    });
    return [...all, ...events.end(2 + (heard.length - 1) / 2, 'ended')];
  }

  it('are of each class that can be heard, several at once, where that is the rule', () => {
    assert.deepEqual(short(runPresent('sssbbbbbbmmmmmm')), [
      '+speech@0',
      '+music@2.5',
      '-speech@5 changed',
      '-music@9 ended',
    ]);
    assert.deepEqual(short(runPresent('bbbbbb', { labels: ['speech'] })), ['+speech@0', '-speech@4.5 ended']);
    assert.deepEqual(runPresent('bbbbbb', { threshold: 0.85 }), []);
    const [, ended] = runPresent('bbbbbb', { labels: ['speech'] });
    assert.ok(ended?.type === 'ended');
    assert.equal(ended.peakProbability, 0.8, 'of its presence, not of the verdict');
  });

  it('are of what dominates where the head has no presence, whatever the rule', () => {
    assert.deepEqual(run('sssssmmmmm', { rule: 'present' }), run('sssssmmmmm'));
  });

  it('always end, each after it has begun, in any sequence', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    for (let round = 0; round < 300; round++) {
      const labels = Array.from({ length: 60 }, () => 'ssssmm..?SgM'[random(12)]).join('');
      const events = run(labels, {
        longestSeconds: random(2) * 5,
        holdOffSeconds: random(4),
        settleSeconds: random(3) / 2,
      });
      let at = 0;
      let open: string | undefined;
      for (const event of events) {
        assert.ok(event.startSeconds >= 0, labels);
        if (event.type === 'started') {
          assert.equal(open, undefined, labels);
          assert.ok(
            event.startSeconds >= at - 1e-9,
            `${labels}: begins at ${event.startSeconds}, before ${at}`,
          );
          open = event.label;
        } else {
          assert.equal(open, event.label, labels);
          assert.ok(event.endSeconds >= event.startSeconds, labels);
          at = event.endSeconds;
          open = undefined;
        }
      }
      assert.equal(open, undefined, labels);
    }
  });
});

describe('recent audio', () => {
  it('gives the samples of a stretch as a WAV file, across blocks, and forgets what is not needed', () => {
    const recent = new RecentAudio(1000, 2);
    for (let second = 0; second < 10; second++) {
      recent.push(
        Int16Array.from({ length: 2000 }, (_, i) => 1000 * second + Math.floor(i / 2)),
        second,
      );
    }
    const wav = recent.wav(2.5, 4.25);
    const data = wav.indexOf('data') + 8;
    assert.equal(wav.readUInt32LE(data - 4), 1750 * 4);
    assert.deepEqual([wav.readInt16LE(data), wav.readInt16LE(wav.length - 2)], [2500, 4249]);
    recent.forgetBefore(7.5);
    assert.equal(recent.seconds, 3);
    const rest = recent.wav(2.5, 7.75);
    assert.equal(rest.readInt16LE(rest.indexOf('data') + 8), 7000);
  });
});
