import assert from 'node:assert/strict';
import { isSilent } from '../../src/audio/signal.js';

const tone = (amplitude: number, samples = 16_000): Float32Array =>
  Float32Array.from({ length: samples }, (_, i) => amplitude * Math.sin(i / 5));

describe('isSilent', () => {
  it('holds for zeros, nothing, a constant offset and the last bit of 16-bit audio', () => {
    assert.ok(isSilent(new Float32Array(16_000)));
    assert.ok(isSilent(new Float32Array(0)));
    assert.ok(isSilent(new Float32Array(16_000).fill(0.25)));
    assert.ok(isSilent(Float32Array.from({ length: 16_000 }, (_, i) => ((i * 7919) % 2) / 32_768)));
  });

  it('does not hold for very quiet sound, nor for a short sound in a long silence', () => {
    assert.ok(!isSilent(tone(0.0005)));
    const click = new Float32Array(160_000);
    click.set(tone(0.01, 400), 100_000);
    assert.ok(!isSilent(click));
  });
});
