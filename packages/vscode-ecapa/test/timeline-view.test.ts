import assert from 'node:assert/strict';
import { clock, fillIn } from '@ecapa/core/page';
import { firstIndex, segmentAt, segmentsWithin } from '../src/webview/timeline/find.js';
import { duration, percent } from '../src/webview/timeline/format.js';
import { ticks } from '../src/webview/timeline/ticks.js';
import {
  around,
  CLOSEST_SECONDS,
  clamp,
  fit,
  reveal,
  scroll,
  secondsAt,
  type View,
  xOf,
  zoom,
} from '../src/webview/timeline/viewport.js';

const HOURS = 3 * 3600;

describe('what the timeline shows', () => {
  it('zooms around a moment, which stays where it is', () => {
    let view: View = fit(HOURS);
    for (const [factor, x] of [
      [1.5, 300],
      [8, 900],
      [0.5, 20],
      [40, 640],
    ] as const) {
      const seconds = secondsAt(view, 1200, x);
      view = zoom(view, factor, seconds, HOURS);
      assert.ok(Math.abs(xOf(view, 1200, seconds) - x) < 1e-6, `${factor} at ${x}`);
    }
  });

  it('never leaves the recording, and looks neither too close nor beyond the whole', () => {
    assert.deepEqual(zoom(fit(60), 0.1, 30, 60), fit(60));
    const closest = zoom(fit(60), 1e9, 59.99, 60);
    assert.ok(Math.abs(closest.endSeconds - closest.startSeconds - CLOSEST_SECONDS) < 1e-9);
    assert.ok(closest.endSeconds <= 60);
    assert.deepEqual(scroll({ startSeconds: 10, endSeconds: 20 }, 1e6, 60), {
      startSeconds: 50,
      endSeconds: 60,
    });
    assert.deepEqual(scroll({ startSeconds: 10, endSeconds: 20 }, -1e6, 60), {
      startSeconds: 0,
      endSeconds: 10,
    });
    assert.deepEqual(clamp({ startSeconds: 90, endSeconds: 100 }, 60), { startSeconds: 50, endSeconds: 60 });
    assert.deepEqual(clamp({ startSeconds: -5, endSeconds: 900 }, 60), fit(60));
    assert.deepEqual(fit(0), { startSeconds: 0, endSeconds: CLOSEST_SECONDS }, 'nothing is known yet');
  });

  it('moves to a moment only when it is out of sight', () => {
    const view = { startSeconds: 100, endSeconds: 200 };
    assert.equal(reveal(view, 150, HOURS), view);
    assert.deepEqual(reveal(view, 500, HOURS), { startSeconds: 490, endSeconds: 590 });
    assert.deepEqual(reveal(view, 3, HOURS), { startSeconds: 0, endSeconds: 100 });
    assert.deepEqual(around(100, 110, HOURS), { startSeconds: 99, endSeconds: 111 });
  });

  it('finds the segment at a moment, and those that reach into a stretch', () => {
    const segments = Array.from({ length: 5000 }, (_, i) => ({ startSeconds: 2 * i, endSeconds: 2 * i + 2 }));
    for (const seconds of [0, 1.99, 2, 777.5, 9999.9]) {
      assert.equal(segmentAt(segments, seconds), Math.floor(seconds / 2));
    }
    assert.equal(segmentAt(segments, 10_000), -1);
    assert.equal(segmentAt([], 1), -1);
    assert.equal(segmentAt([{ startSeconds: 5, endSeconds: 6 }], 1), -1, 'before the first');
    assert.deepEqual(segmentsWithin(segments, { startSeconds: 3, endSeconds: 8 }), [1, 4]);
    assert.deepEqual(segmentsWithin(segments, { startSeconds: -9, endSeconds: 0 }), [0, 0]);
    assert.equal(
      firstIndex(7, (i) => i >= 7),
      7,
    );
  });

  it('marks times that read well, far enough apart, whatever the zoom', () => {
    for (let span = 0.5; span < 200_000; span *= 1.7) {
      const view = { startSeconds: 1234.5, endSeconds: 1234.5 + span };
      const { major, minor, decimals } = ticks(view, 1000);
      assert.ok(major.length >= 1 - Number(span > 80_000) && major.length <= 12, `${span}: ${major.length}`);
      assert.ok(minor.length < 80);
      const names = major.map((seconds) => clock(seconds, decimals));
      assert.equal(new Set(names).size, names.length, `${span}: ${names}`);
      for (const seconds of [...major, ...minor])
        assert.ok(seconds >= view.startSeconds - 1e-3 && seconds <= view.endSeconds + 1e-3);
    }
    assert.deepEqual(ticks({ startSeconds: 0, endSeconds: 60 }, 600).major, [0, 10, 20, 30, 40, 50, 60]);
  });

  it('writes times and shares for people', () => {
    assert.deepEqual(
      [clock(0), clock(59.96, 1), clock(3599.999, 2), clock(3723.4, 1), clock(-1)],
      ['0:00', '1:00.0', '1:00:00.00', '1:02:03.4', '0:00'],
    );
    assert.equal(duration(3.24, 'en'), '3.2 sec');
    assert.equal(duration(59.97, 'en'), '1 min');
    assert.equal(duration(125, 'en'), '2 min 5 sec');
    assert.equal(duration(3720, 'en'), '1 hr 2 min');
    assert.equal(duration(7200, 'de'), '2 Std.');
    assert.equal(percent(0.456, 'en'), '46%');
    assert.equal(fillIn('{1} of {0}, {2}', 'a', 3), '3 of a, {2}');
  });
});
