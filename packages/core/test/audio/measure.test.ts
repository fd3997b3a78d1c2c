import assert from 'node:assert/strict';
import { measureAudio } from '../../src/audio/measure.js';

const RATE = 16_000;

function tone(hertz: number, amplitude: number, seconds = 1): Float32Array {
  return Float32Array.from(
    { length: RATE * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / RATE),
  );
}

describe('measureAudio', () => {
  it('measures the level of a full-scale and of a soft sine', () => {
    assert.ok(Math.abs(measureAudio(tone(1000, 1), RATE).loudnessDb + 3.01) < 0.01);
    assert.ok(Math.abs(measureAudio(tone(1000, 0.1), RATE).loudnessDb + 23.01) < 0.01);
  });

  it('finds the highest frequency that is there', () => {
    const low = tone(500, 0.5);
    const both = tone(6000, 0.05).map((x, i) => x + (low[i] ?? 0));
    const { bandwidthHz } = measureAudio(both, RATE);
    assert.ok(Math.abs(bandwidthHz - 6000) < 60, `${bandwidthHz}`);
    assert.ok(measureAudio(low, RATE).bandwidthHz < 900);
    let state = 1;
    const hiss = Float32Array.from({ length: RATE }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
    assert.ok(measureAudio(hiss, RATE).bandwidthHz > 7900);
  });

  it('has numbers for silence and for nothing', () => {
    assert.deepEqual(measureAudio(new Float32Array(4000), RATE), { loudnessDb: -200, bandwidthHz: 0 });
    assert.deepEqual(measureAudio(new Float32Array(0), RATE), { loudnessDb: -200, bandwidthHz: 0 });
  });
});
