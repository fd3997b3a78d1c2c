import assert from 'node:assert/strict';
import {
  addClass,
  type ClassList,
  clipKey,
  moveClips,
  nameProblem,
  parseClassList,
  placeClips,
  removeClass,
  removeClips,
  renameClass,
  renameUri,
  serializeClassList,
} from '../src/features/teach/state/class-list.js';

const A = { uri: 'file:///clips/a.wav' };
const B = { uri: 'file:///clips/b.wav' };
const start = { uri: A.uri, span: { startSeconds: 0, endSeconds: 2 } };
const middle = { uri: A.uri, span: { startSeconds: 1, endSeconds: 3 } };
const end = { uri: A.uri, span: { startSeconds: 3, endSeconds: 4 } };

const clipsOf = (list: ClassList, name: string): readonly string[] =>
  list.find((one) => one.name === name)?.clips.map(clipKey) ?? [];

describe('the list of classes', () => {
  it('takes clips into a class, which is made when there is none', () => {
    const { list, added, refused } = placeClips([], 'siren', [A, B, A]);
    assert.deepEqual(added, [A, B]);
    assert.deepEqual(refused, []);
    assert.deepEqual(clipsOf(list, 'siren'), [A.uri, B.uri]);
    assert.deepEqual(placeClips(list, 'siren', [A]).added, []);
  });

  it('refuses a clip that is in another class, and says in which', () => {
    const { list } = placeClips([], 'siren', [A]);
    const placement = placeClips(list, 'horn', [A, B]);
    assert.deepEqual(placement.added, [B]);
    assert.deepEqual(placement.refused, [{ clip: A, isIn: 'siren' }]);
    const again = placeClips(list, 'horn', [A]);
    assert.deepEqual(again.list, list);
  });

  it('keeps stretches of one recording apart unless they overlap', () => {
    const { list } = placeClips([], 'siren', [start]);
    assert.deepEqual(placeClips(list, 'horn', [end]).added, [end]);
    assert.deepEqual(placeClips(list, 'horn', [middle]).refused, [{ clip: middle, isIn: 'siren' }]);
    assert.deepEqual(placeClips(list, 'horn', [A]).refused, [{ clip: A, isIn: 'siren' }]);
    assert.deepEqual(placeClips(list, 'siren', [middle, start]).added, [middle]);
  });

  it('moves clips out of whatever they overlap with', () => {
    const before = placeClips(placeClips([], 'siren', [start, end]).list, 'horn', [B]).list;
    const after = moveClips(before, 'horn', [middle]);
    assert.deepEqual(clipsOf(after, 'siren'), [clipKey(end)]);
    assert.deepEqual(clipsOf(after, 'horn'), [B.uri, clipKey(middle)]);
  });

  it('adds, renames and removes classes and clips', () => {
    const two = addClass(addClass([], ' siren '), 'horn');
    assert.deepEqual(
      two.map(({ name }) => name),
      ['siren', 'horn'],
    );
    assert.equal(nameProblem(two, ' '), 'empty');
    assert.equal(nameProblem(two, 'horn'), 'taken');
    assert.equal(nameProblem(two, 'horn', 'horn'), undefined);
    assert.equal(addClass(two, 'horn'), two);
    assert.equal(renameClass(two, 'siren', 'horn'), two);
    const filled = placeClips(renameClass(two, 'siren', 'alarm'), 'alarm', [A, B]).list;
    assert.deepEqual(clipsOf(removeClips(filled, [A]), 'alarm'), [B.uri]);
    assert.deepEqual(
      removeClass(filled, 'alarm').map(({ name }) => name),
      ['horn'],
    );
  });

  it('follows renamed files and folders, and only those', () => {
    const { list } = placeClips([], 'siren', [A, start, { uri: 'file:///clips2/a.wav' }]);
    const moved = renameUri(list, 'file:///clips', 'file:///archive');
    assert.deepEqual(clipsOf(moved, 'siren'), [
      'file:///archive/a.wav',
      'file:///archive/a.wav#t=0.000,2.000',
      'file:///clips2/a.wav',
    ]);
    assert.equal(renameUri(list, 'file:///elsewhere', 'file:///x'), list);
  });

  it('is kept as text, and anything else is not taken for it', () => {
    const { list } = placeClips([], 'gr\u00fcn', [A, end]);
    assert.deepEqual(parseClassList(serializeClassList(list)), list);
    for (const text of [
      '',
      '[]',
      'null',
      '{"format":"ecapa-classes","version":2,"classes":[]}',
      '{"format":"ecapa-classes","version":1,"classes":[{"name":"x","clips":[{"uri":1}]}]}',
      '{"format":"ecapa-classes","version":1,"classes":[{"name":"x","clips":[{"uri":"a","span":{"startSeconds":2,"endSeconds":1}}]}]}',
    ])
      assert.equal(parseClassList(text), undefined, text);
  });
});
