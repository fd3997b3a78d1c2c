import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { surestSpan } from '../src/features/teach/state/surest-span.js';

const segment = (
  label: string,
  startSeconds: number,
  endSeconds: number,
  probability: number,
): TimelineSegment => ({
  label,
  startSeconds,
  endSeconds,
  probability,
  probabilities: {},
  presence: {},
  ...(label === 'silence' ? {} : { runnerUp: { label: 'other', probability: 1 - probability } }),
});

describe('the part of a long recording that explains it', () => {
  it('is of the label that covers most, where it is surest, and no longer than a clip may be', () => {
    const segments = [
      segment('music', 0, 10, 0.99),
      segment('speech', 10, 40, 0.7),
      segment('silence', 40, 400, 1),
      segment('speech', 400, 404, 0.9),
    ];
    assert.deepEqual(surestSpan(segments), { label: 'speech', startSeconds: 400, endSeconds: 404 });
    assert.deepEqual(surestSpan(segments.slice(0, 2)), {
      label: 'speech',
      startSeconds: 20.25,
      endSeconds: 29.75,
    });
  });

  it('is none where no head has given a verdict, or only for moments', () => {
    assert.equal(surestSpan([segment('silence', 0, 10, 1), segment('speech', 10, 10.5, 0.9)]), undefined);
  });
});
