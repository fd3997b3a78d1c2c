import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { reportOf, type TimelineData } from '../src/features/timeline/timeline-data.js';

const segment: TimelineSegment = {
  startSeconds: 0,
  endSeconds: 5,
  label: 'music',
  probability: 0.8,
  probabilities: { music: 0.8, speech: 0.2 },
  presence: { music: 1, speech: 1 },
};
const data = {
  identity: { modelId: 'm', headId: 'h' },
  labels: ['music', 'speech'],
  durationSeconds: 5,
  isPartial: false,
  segments: [segment],
  tracks: { music: [{ startSeconds: 0, endSeconds: 5, probability: 0.9 }], speech: [] },
} as unknown as TimelineData;

describe('a timeline as exports see it', () => {
  it('has where each label can be heard', () => {
    const shown = { segments: [segment], tracks: data.tracks, areLanesCorrected: false };
    assert.deepEqual(reportOf(data, 'a.wav', shown).tracks, data.tracks);
  });

  it('leaves that out where a person has put labels right, and for heads that do not know it', () => {
    const corrected = { ...segment, label: 'speech', probability: 1, correctedFrom: 'music' };
    const { tracks } = data;
    const shown = { segments: [corrected], tracks, areLanesCorrected: false };
    assert.equal('tracks' in reportOf(data, 'a.wav', shown), false);
    const old = { segments: [segment], tracks: undefined, areLanesCorrected: false };
    assert.equal('tracks' in reportOf(data, 'a.wav', old), false);
  });

  it('has it where a person has been over the lanes as well, with the labels that he has brought in', () => {
    const corrected = { ...segment, label: 'speech', probability: 1, correctedFrom: 'music' };
    const tracks = { ...data.tracks, bell: [{ startSeconds: 1, endSeconds: 2, probability: 1 }] };
    const report = reportOf(data, 'a.wav', { segments: [corrected], tracks, areLanesCorrected: true });
    assert.deepEqual(report.tracks, tracks);
    assert.deepEqual(report.labels, ['music', 'speech', 'bell']);
  });
});
