import assert from 'node:assert/strict';
import { loudestExcerpt } from '../../src/audio/excerpt.js';
import { exclusivePairs } from '../../src/heads/train/exclusive.js';
import { mixSamples, planMixtures } from '../../src/heads/train/mixtures.js';

const LABELS = [...'aaaaabbbbbccccc'];

describe('planMixtures', () => {
  it('mixes each class with each other and alone, each clip about as often', () => {
    const mixtures = planMixtures(LABELS);
    assert.equal(mixtures.length, 240);
    assert.deepEqual(planMixtures(LABELS), mixtures);
    const kinds = new Map<string, number>();
    const uses = LABELS.map(() => 0);
    for (const { parts, seconds } of mixtures) {
      const labels = parts.map(({ clip }) => LABELS[clip]);
      assert.equal(new Set(labels).size, labels.length);
      const kind = labels.sort().join('');
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      for (const { clip } of parts) uses[clip] = (uses[clip] ?? 0) + 1;
      assert.ok(seconds >= 1.5 && seconds <= 3);
      assert.equal(parts[0]?.levelDb, 0);
      assert.ok(parts.every(({ levelDb }) => levelDb <= 0 && levelDb >= -15));
    }
    assert.deepEqual([...kinds.keys()].sort(), ['a', 'ab', 'abc', 'ac', 'b', 'bc', 'c']);
    for (const count of kinds.values()) assert.ok(count >= 15, JSON.stringify([...kinds]));
    assert.ok(Math.max(...uses) - Math.min(...uses) <= 12, uses.join(' '));
  });

  it('never mixes classes that exclude one another', () => {
    const exclusive = [['a', 'b']] as const;
    const together = planMixtures(LABELS, { exclusive }).filter(({ parts }) => {
      const labels = parts.map(({ clip }) => LABELS[clip]);
      return labels.includes('a') && labels.includes('b');
    });
    assert.deepEqual(together, []);
    const all = exclusivePairs(['all'], ['a', 'b', 'c']);
    assert.ok(all !== 'auto');
    assert.ok(planMixtures(LABELS, { exclusive: all }).every(({ parts }) => parts.length === 1));
  });
});

describe('exclusivePairs', () => {
  it('reads what a user names', () => {
    const labels = ['fault', 'idle', 'rain'];
    assert.deepEqual(exclusivePairs([], labels), []);
    assert.equal(exclusivePairs(['auto'], labels), 'auto');
    assert.deepEqual(exclusivePairs(['none'], labels), []);
    assert.deepEqual(exclusivePairs(['idle, fault'], labels), [['idle', 'fault']]);
    assert.equal(exclusivePairs(['all'], labels).length, 3);
    assert.throws(() => exclusivePairs(['idle,snow'], labels), /RangeError: exclusive: .*"snow"/);
    assert.throws(() => exclusivePairs(['idle,idle'], labels), RangeError);
  });
});

describe('mixSamples', () => {
  const tone = (hertz: number, amplitude: number, seconds = 4): Float32Array =>
    Float32Array.from(
      { length: seconds * 16_000 },
      (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / 16_000),
    );
  const levelAt = (samples: Float32Array, hertz: number): number => {
    let re = 0;
    let im = 0;
    for (const [i, sample] of samples.entries()) {
      re += sample * Math.cos((2 * Math.PI * hertz * i) / 16_000);
      im += sample * Math.sin((2 * Math.PI * hertz * i) / 16_000);
    }
    return 20 * Math.log10(Math.hypot(re, im) / samples.length);
  };

  it('lays sounds over one another at the levels that are wanted, whatever the clips have', () => {
    const excerpts = [tone(500, 0.9), tone(2000, 0.01)];
    const parts = [
      { clip: 0, start: 0.3, levelDb: 0 },
      { clip: 1, start: 0.9, levelDb: -12 },
    ];
    const samples = mixSamples({ parts, seconds: 2 }, excerpts);
    assert.equal(samples.length, 32_000);
    assert.ok(Math.abs(levelAt(samples, 500) - levelAt(samples, 2000) - 12) < 0.1);
    assert.ok(samples.every((sample) => Math.abs(sample) < 1));
  });

  it('repeats a clip that is shorter than the mixture, and leaves out one without sound', () => {
    const parts = [
      { clip: 0, start: 0, levelDb: 0 },
      { clip: 1, start: 0, levelDb: -3 },
    ];
    const samples = mixSamples({ parts, seconds: 1.5 }, [tone(500, 0.5, 0.5), new Float32Array(0)]);
    assert.ok(samples.subarray(20_000).some((sample) => Math.abs(sample) > 0.02));
    assert.ok(samples.every(Number.isFinite));
  });

  it('takes no silent place of a clip that has sound elsewhere', () => {
    const clip = new Float32Array(64_000);
    clip.set(tone(500, 0.5, 1.5), 40_000);
    for (const start of [0, 0.25, 0.5, 0.75, 0.99]) {
      const samples = mixSamples({ parts: [{ clip: 0, start, levelDb: 0 }], seconds: 1.5 }, [clip]);
      assert.ok(levelAt(samples, 500) > -45, String(start));
    }
  });
});

describe('loudestExcerpt', () => {
  it('is the loudest four seconds at full scale', () => {
    const samples = new Float32Array(10 * 16_000);
    for (let i = 5 * 16_000; i < 9 * 16_000; i++) samples[i] = 0.01 * Math.sin(i);
    const excerpt = loudestExcerpt(samples, 16_000);
    assert.equal(excerpt.length, 64_000);
    assert.ok(Math.abs(excerpt[1] ?? 0) > 0, 'begins with the sound');
    assert.equal(
      excerpt.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0),
      32_767,
    );
  });

  it('is all of a shorter recording, and nothing of silence', () => {
    assert.equal(loudestExcerpt(Float32Array.of(0.5, -0.25), 16_000)[1], Math.round(-0.5 * 32_767));
    assert.equal(loudestExcerpt(new Float32Array(100), 16_000).length, 0);
  });
});
