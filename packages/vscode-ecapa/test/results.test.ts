import assert from 'node:assert/strict';
import {
  arrange,
  DEFAULT_ARRANGEMENT,
  type Facet,
  facetsOf,
} from '../src/features/classify/state/arrangement.js';
import type { DoneResult, Result } from '../src/features/classify/state/result.js';
import { refreshed } from '../src/features/classify/state/staleness.js';
import { badgeText, duration, percent, probabilityBar, shares } from '../src/platform/figures.js';
import { roundedTimeLeft, TimeLeft } from '../src/platform/time-left.js';
import { done, failed, IDENTITY, STAMP } from './some-results.js';

function order(results: readonly Result[], part: Partial<typeof DEFAULT_ARRANGEMENT>): string[][] {
  return arrange(results, { ...DEFAULT_ARRANGEMENT, ...part }).map(({ uris }) => [...uris]);
}

describe('arranging results', () => {
  const results: Result[] = [
    done('file:///x/clip10.wav', 'speech', 0.99, 1),
    done('file:///x/clip2.wav', 'music', 0.4, 100),
    failed('file:///x/bad.wav'),
    { uri: 'file:///x/new.wav', state: 'queued' },
    { uri: 'file:///y/again.wav', state: 'running', previous: done('file:///y/again.wav', 'noise', 0.5, 7) },
  ];

  it('puts the least sure first, then what failed, then what has no verdict yet', () => {
    assert.deepEqual(order(results, { grouping: 'none' }), [
      [
        'file:///x/clip2.wav',
        'file:///y/again.wav',
        'file:///x/clip10.wav',
        'file:///x/bad.wav',
        'file:///x/new.wav',
      ],
    ]);
  });

  it('sorts names as people count, and by duration and label', () => {
    assert.deepEqual(order(results.slice(0, 2), { sort: 'name' }), [
      ['file:///x/clip2.wav', 'file:///x/clip10.wav'],
    ]);
    assert.deepEqual(order(results.slice(0, 2), { sort: 'duration' }), [
      ['file:///x/clip2.wav', 'file:///x/clip10.wav'],
    ]);
    assert.deepEqual(order(results.slice(0, 2), { sort: 'label' }), [
      ['file:///x/clip2.wav', 'file:///x/clip10.wav'],
    ]);
  });

  it('groups by folder and by label, and counts what is in a group', () => {
    const [x, y] = arrange(results, DEFAULT_ARRANGEMENT);
    assert.equal(x?.key, 'file:///x');
    assert.deepEqual(Object.fromEntries(x?.counts ?? []), {
      'label:music': 1,
      'label:speech': 1,
      failed: 1,
      active: 1,
    });
    assert.equal(y?.key, 'file:///y');
    assert.deepEqual(
      arrange(results, { ...DEFAULT_ARRANGEMENT, grouping: 'label' }).map(({ key }) => key),
      ['active', 'failed', 'label:music', 'label:noise', 'label:speech'],
    );
  });

  it('shows what has any of the facets of the filter', () => {
    assert.deepEqual(order(results, { grouping: 'none', filter: ['failed', 'label:music'] }), [
      ['file:///x/clip2.wav', 'file:///x/bad.wav'],
    ]);
    assert.deepEqual(order(results, { filter: ['stale'] }), []);
    assert.deepEqual(facetsOf({ ...done('file:///a'), staleness: 'head' }), ['label:speech', 'stale']);
  });

  it('shows what contains all that is asked for, beside any of the labels', () => {
    const heard = (uri: string, label: string, present: string[] | undefined): DoneResult => {
      const result = done(uri, label);
      return present === undefined ? result : { ...result, verdict: { ...result.verdict, present } };
    };
    const quiet = heard('file:///f.wav', 'silence', []);
    const silence = { ...quiet, verdict: { ...quiet.verdict, probabilities: {} } };
    const some: Result[] = [
      heard('file:///a.wav', 'speech', ['speech', 'music']),
      heard('file:///b.wav', 'music', ['speech']),
      heard('file:///c.wav', 'music', []),
      heard('file:///d.wav', 'speech', undefined),
      { ...heard('file:///e.wav', 'noise', ['noise']), correctedLabel: 'speech' },
      silence,
    ];
    const shown = (...filter: Facet[]): string =>
      order(some, { grouping: 'none', sort: 'name', filter })
        .flat()
        .map((uri) => uri.slice('file:///'.length, -'.wav'.length))
        .join('');
    assert.equal(shown('contains:speech'), 'abe');
    assert.equal(shown('contains:speech', 'contains:music'), 'ab');
    assert.equal(shown('contains:speech', 'label:music'), 'b');
    assert.equal(shown('contains:music', 'label:music', 'label:speech'), 'abc');
    assert.equal(shown('contains:silence'), '');
    const [, , , old] = some;
    assert.ok(old !== undefined && !facetsOf(old).some((facet) => facet.startsWith('contains:')));
  });

  it('counts what a person has corrected under the label given to it, and sorts it by how sure the head was', () => {
    const corrected: Result[] = [
      { ...done('file:///x/a.wav', 'speech', 0.4), correctedLabel: 'music' },
      done('file:///x/b.wav', 'music', 0.9),
      done('file:///x/c.wav', 'speech', 0.8),
      {
        uri: 'file:///x/d.wav',
        state: 'running',
        previous: { ...done('file:///x/d.wav'), correctedLabel: 'noise' },
      },
    ];
    const byLabel = arrange(corrected, { ...DEFAULT_ARRANGEMENT, grouping: 'label' });
    assert.deepEqual(
      byLabel.map(({ key, uris }) => [key, uris.length]),
      [
        ['label:music', 2],
        ['label:noise', 1],
        ['label:speech', 1],
      ],
    );
    assert.deepEqual(order(corrected, { filter: ['label:speech'] }), [['file:///x/c.wav']]);
    assert.deepEqual(order(corrected, { filter: ['label:music'] }), [['file:///x/a.wav', 'file:///x/b.wav']]);
    assert.equal(order(corrected, { sort: 'leastSure' })[0]?.[0], 'file:///x/a.wav');
    assert.deepEqual(order(corrected.slice(0, 3), { sort: 'label' }), [
      ['file:///x/a.wav', 'file:///x/b.wav', 'file:///x/c.wav'],
    ]);
  });

  it('arranges the same whatever the order in which results came', () => {
    assert.deepEqual(order([...results].reverse(), {}), order(results, {}));
  });
});

describe('figures', () => {
  it('draws probabilities as bars of one length', () => {
    assert.equal(probabilityBar(0), '░░░░░░░░');
    assert.equal(probabilityBar(1), '████████');
    assert.equal(probabilityBar(0.8), '██████▌░');
    for (let p = -0.5; p <= 1.5; p += 0.01) assert.equal([...probabilityBar(p)].length, 8);
  });

  it('never says sure for what is not', () => {
    assert.deepEqual([0, 0.001, 0.004, 0.5, 0.994, 0.996, 0.9999, 1].map(percent), [
      '0 %',
      '<1 %',
      '<1 %',
      '50 %',
      '99 %',
      '99.6 %',
      '>99.9 %',
      '100 %',
    ]);
  });

  it('writes durations as clocks do', () => {
    assert.deepEqual([0.04, 9.94, 9.96, 59.6, 754, 3723].map(duration), [
      '0.0 s',
      '9.9 s',
      '0:10',
      '1:00',
      '12:34',
      '1:02:03',
    ]);
  });

  it('gives shares of time, the longest first', () => {
    assert.deepEqual(shares({ speech: 1, music: 3, noise: 0 }), [
      { label: 'music', share: 0.75 },
      { label: 'speech', share: 0.25 },
    ]);
  });

  it('makes badges of at most two characters', () => {
    assert.deepEqual(
      [badgeText('speech', false), badgeText('speech', true), badgeText('unknown', false)],
      ['Sp', 'S~', '?'],
    );
    for (const label of ['犬の声', 'é', '👩‍👩‍👧 family', 'x', 'straße', ' padded'])
      for (const isStale of [false, true]) {
        const length = [...new Intl.Segmenter().segment(badgeText(label, isStale))].length;
        assert.ok(length >= 1 && length <= 2, label);
      }
  });
});

describe('staleness', () => {
  const result = done('file:///a.wav');

  it('takes what is not known now to be as it was', () => {
    const byFile: DoneResult = { ...result, staleness: 'file' };
    assert.equal(refreshed(byFile, { identity: IDENTITY }), byFile);
    const byHead: DoneResult = { ...result, staleness: 'head' };
    assert.equal(refreshed(byHead, { stamp: STAMP }), byHead);
  });

  it('remembers through a change of head and back that the file has changed', () => {
    const byFile: DoneResult = { ...result, staleness: 'file' };
    const under = refreshed(byFile, { identity: { ...IDENTITY, headSha256: 'x' } });
    assert.equal(under.state === 'done' && under.staleness, 'file');
    const back = refreshed(under, { identity: IDENTITY });
    assert.equal(back.state === 'done' && back.staleness, 'file');
    assert.deepEqual(refreshed(back, { stamp: STAMP, identity: IDENTITY }), result);
  });

  it('becomes fresh again when the head of before is back, and stays the same object when nothing changed', () => {
    const stale = refreshed(result, { identity: { ...IDENTITY, headSha256: 'x' } });
    assert.equal(stale.state === 'done' && stale.staleness, 'head');
    assert.deepEqual(refreshed(stale, { identity: IDENTITY }), result);
    assert.equal(refreshed(result, { stamp: STAMP, identity: IDENTITY }), result);
  });
});

describe('time left', () => {
  it('is not guessed too early, then follows the pace', () => {
    const left = new TimeLeft(100);
    assert.equal(left.after(1, 100, 101), undefined);
    assert.equal(left.after(10, 100, 105), 45);
    assert.equal(left.after(20, 100, 110), 40);
  });

  it('forgets an old pace', () => {
    const left = new TimeLeft(0);
    for (let second = 1; second <= 60; second++) left.after(second, 1000, second);
    let guess: number | undefined;
    for (let second = 61; second <= 100; second++) guess = left.after(60 + 10 * (second - 60), 1000, second);
    assert.ok(
      guess !== undefined && guess < 60,
      `at ten files a second, 540 more take a minute, not ${guess} s`,
    );
  });

  it('does not take files that were up to date for speed', () => {
    const left = new TimeLeft(0);
    left.afterFiles({ done: 90, fresh: 90, total: 100 }, 0.5);
    assert.equal(left.afterFiles({ done: 95, fresh: 90, total: 100 }, 10), 10);
  });

  it('says nothing while nothing is done', () => {
    assert.equal(new TimeLeft(0).after(0, 10, 60), undefined);
  });

  it('is rounded to what one can rely on', () => {
    assert.deepEqual([1, 33, 58, 90, 3500, 5400].map(roundedTimeLeft), [
      { unit: 's', count: 5 },
      { unit: 's', count: 35 },
      { unit: 'min', count: 1 },
      { unit: 'min', count: 2 },
      { unit: 'min', count: 58 },
      { unit: 'h', count: 1.5 },
    ]);
  });
});
