import assert from 'node:assert/strict';
import { conditionClip, createCentring } from '../../src/model/conditioning.js';

const MINIMUM = 1280;
const tone = (length: number, gain = 0.3): Float32Array =>
  Float32Array.from({ length }, (_, i) => gain * Math.sin(i / 5) * (1.2 + Math.sin(i / 3000)));

function joined(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function assertClose(a: Float32Array, b: Float32Array, tolerance: number): void {
  assert.equal(a.length, b.length);
  const difference = a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? 9))), 0);
  assert.ok(difference <= tolerance, `${difference}`);
}

describe('conditionClip', () => {
  const plain = conditionClip(tone(16_000), MINIMUM);

  it('brings the loudest frame to one level', () => {
    for (const gain of [1e-3, 0.03, 0.6])
      assertClose(conditionClip(tone(16_000, gain), MINIMUM), plain, 1e-6);
  });

  it('takes an offset away', () => {
    for (const offset of [0.1, -0.4]) {
      const shifted = tone(16_000).map((sample) => sample + offset);
      assertClose(conditionClip(shifted, MINIMUM), plain, 1e-5);
    }
  });

  it('takes silence at both ends away, also where an offset ends with the sound', () => {
    const quiet = new Float32Array(4800);
    assertClose(conditionClip(joined(quiet, tone(16_000), quiet), MINIMUM), plain, 1e-6);
    const shifted = tone(16_000).map((sample) => sample + 0.2);
    assertClose(conditionClip(joined(quiet, shifted, quiet), MINIMUM), plain, 1e-5);
  });

  it('keeps pauses, whatever is not far below the rest, and as much as the network needs', () => {
    const paused = joined(tone(4800), new Float32Array(4800), tone(4800));
    assert.equal(conditionClip(paused, MINIMUM).length, paused.length);
    const soft = joined(tone(4800, 0.003), tone(4800));
    assert.equal(conditionClip(soft, MINIMUM).length, soft.length);
    for (const click of [0, 3000, 5999]) {
      const samples = new Float32Array(6000);
      samples[click] = 0.5;
      const { length } = conditionClip(samples, MINIMUM);
      assert.ok(length >= MINIMUM && length <= MINIMUM + 160, `${click}: ${length}`);
    }
  });

  it('leaves silence and what is too short as they are', () => {
    assert.deepEqual(conditionClip(new Float32Array(3000), MINIMUM), new Float32Array(3000));
    assert.equal(conditionClip(tone(500), MINIMUM).length, 500);
  });
});

describe('createCentring', () => {
  it('follows a drift across blocks and keeps sound', () => {
    const centre = createCentring();
    const drifting = tone(32_000).map((sample, i) => sample + 0.1 + i * 1e-6);
    const out = joined(centre(drifting.subarray(0, 16_000)), centre(drifting.subarray(16_000)));
    const mean = out.subarray(16_000).reduce((sum, x) => sum + x, 0) / 16_000;
    assert.ok(Math.abs(mean) < 2e-3, `${mean}`);
    assertClose(out.subarray(16_000), tone(32_000).subarray(16_000), 0.02);
  });
});
