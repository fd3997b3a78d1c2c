import assert from 'node:assert/strict';
import { changePoint, crossingFrame, heardCrossingFrame } from '../../src/timeline/boundaries.js';

describe('boundary refinement', () => {
  it('interpolates where two probabilities cross', () => {
    const window = (centreFrame: number, first: number) => ({
      centreFrame,
      probabilities: [first, 1 - first],
    });
    const windows = [window(100, 1), window(150, 0.8), window(200, 0.3), window(250, 0)];
    // 0.8 - 0.2 = 0.6 above at 150, 0.3 - 0.7 = 0.4 below at 200: the line meets zero after 30 of 50 frames.
    assert.ok(Math.abs(crossingFrame(windows, 0, 1, 175) - 180) < 1e-9);
    assert.equal(crossingFrame([window(100, 0.9), window(150, 0.8)], 0, 1, 140), 140);
    assert.equal(crossingFrame([], 0, 1, 33), 33);
  });

  it('takes the crossing nearest to where the change is expected', () => {
    const at = (centreFrame: number, first: number) => ({ centreFrame, probabilities: [first, 1 - first] });
    const windows = [at(0, 0.9), at(10, 0.1), at(20, 0.9), at(30, 0.9), at(40, 0.1)];
    assert.equal(crossingFrame(windows, 0, 1, 38), 35);
    assert.equal(crossingFrame(windows, 0, 1, 2), 5);
  });

  it('lies in the middle between what begins and what ends to be heard, where the verdict changes early', () => {
    const at = (centreFrame: number, probability: number, presence?: number[]) => ({
      ...{ centreFrame, probabilities: [1 - probability, probability], presence },
    });
    // The second is louder: windows of 150 frames hear it from 1012.5 on, and the first up to 1162.5.
    const windows = [
      at(975, 0, [1, 0.1]),
      at(1050, 0.9, [1, 0.9]),
      at(1125, 1, [0.9, 1]),
      at(1200, 1, [0.1, 1]),
    ];
    assert.ok(crossingFrame(windows, 0, 1, 1000) < 1020);
    assert.ok(Math.abs((heardCrossingFrame(windows, 0, 1, 1000) ?? 0) - 1087.5) < 1e-9);
    assert.equal(heardCrossingFrame(windows.slice(0, 3), 0, 1, 1000), undefined, 'the first goes on');
    const silentAbout = windows.map(({ presence: _, ...window }) => window);
    assert.equal(heardCrossingFrame(silentAbout, 0, 1, 1000), undefined, 'a head without presence');
  });

  it('finds the frame at which the spectrum changes', () => {
    let seed = 5;
    const random = (): number => {
      seed = (seed * 16807) % 2147483647;
      return (seed / 2147483647 - 0.5) * 12;
    };
    for (const truth of [40, 77, 100, 130]) {
      const bands = new Float32Array(200 * 4);
      for (let frame = 0; frame < 200; frame++) {
        for (let band = 0; band < 4; band++)
          bands[frame * 4 + band] = -40 + random() + (frame < truth ? 0 : 9 - 6 * band);
      }
      const found = changePoint(bands, 4, { expected: 90, sigmaFrames: 40, evidenceWeight: 0.25 });
      assert.ok(Math.abs(found - truth) <= 1, `${found} instead of ${truth}`);
    }
  });

  it('keeps to the expectation when nothing changes, and with too few frames', () => {
    const flat = new Float32Array(200 * 4).fill(-30);
    assert.equal(changePoint(flat, 4, { expected: 61.4, sigmaFrames: 10, evidenceWeight: 1 }), 61);
    assert.equal(changePoint(new Float32Array(8), 4, { expected: 1, sigmaFrames: 10, evidenceWeight: 1 }), 1);
  });
});
