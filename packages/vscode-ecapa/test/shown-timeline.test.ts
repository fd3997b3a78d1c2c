import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { HostToPage } from '../src/features/timeline/messages.js';
import { PageLink } from '../src/features/timeline/page-link.js';
import { ShownTimeline } from '../src/features/timeline/shown-timeline.js';
import { Model } from '../src/webview/timeline/model.js';

function plain(label: string, startSeconds: number, endSeconds: number): TimelineSegment {
  return { label, startSeconds, endSeconds, probability: 0.7, probabilities: {}, presence: {} };
}

describe('a timeline that grows', () => {
  let shown: ShownTimeline;
  let page: Model;

  beforeEach(() => {
    page = new Model({}, () => {});
    const link = new PageLink();
    const postMessage = async (message: HostToPage): Promise<boolean> => {
      page.receive(message);
      return true;
    };
    link.attach({ postMessage } as never);
    link.setReady();
    shown = new ShownTimeline(link, () => {});
  });
  const check = (expected: readonly (readonly [string, number, number])[]): void => {
    const spans = (segments: readonly TimelineSegment[]) =>
      segments.map(({ label, startSeconds, endSeconds }) => [label, startSeconds, endSeconds]);
    assert.deepEqual(spans(shown.segments), expected);
    assert.deepEqual(page.segments, shown.segments, 'the page has the same');
  };

  it('shows the last segment as far as it goes, until what comes takes its place', () => {
    shown.grow(plain('speech', 0, 4));
    check([['speech', 0, 4]]);
    shown.grow(plain('speech', 0, 9));
    check([['speech', 0, 9]]);
    shown.addSegment(plain('speech', 0, 10));
    check([['speech', 0, 10]]);
    shown.grow(plain('music', 10, 11));
    shown.grow(plain('music', 10, 15));
    check([
      ['speech', 0, 10],
      ['music', 10, 15],
    ]);
    shown.clear();
    check([]);
  });

  it('keeps corrections of what still grows', () => {
    shown.addSegment(plain('speech', 0, 10));
    shown.grow(plain('music', 10, 20));
    const corrections = [{ startSeconds: 10, endSeconds: 20, label: 'jingle' }];
    shown.correct((history) => history.push({ corrections, heard: [] }));
    check([
      ['speech', 0, 10],
      ['jingle', 10, 20],
    ]);
    shown.grow(plain('music', 10, 25));
    check([
      ['speech', 0, 10],
      ['jingle', 10, 20],
      ['music', 20, 25],
    ]);
    shown.addSegment(plain('music', 10, 30));
    shown.grow(plain('noise', 30, 31));
    check([
      ['speech', 0, 10],
      ['jingle', 10, 20],
      ['music', 20, 30],
      ['noise', 30, 31],
    ]);
    shown.correct((history) => history.goTo({ corrections: [], heard: [] }));
    check([
      ['speech', 0, 10],
      ['music', 10, 30],
      ['noise', 30, 31],
    ]);
  });
});
