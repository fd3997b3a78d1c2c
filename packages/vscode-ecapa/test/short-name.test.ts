import assert from 'node:assert/strict';
import { shortName } from '../src/features/classify/views/short-name.js';

describe('names in rows of results', () => {
  it('stay as they are where there is room', () => {
    assert.equal(shortName('take 01.wav', '97 % music · 4.2 s'), 'take 01.wav');
    assert.equal(
      shortName('a name that is longer than any row.wav', ''),
      'a name that is longer than any row.wav',
    );
  });

  it('give way to percentage, label and duration: first their extension, then their middle', () => {
    assert.equal(shortName('machines.opus', '97 % speech · 4.2 s'), 'machines…');
    assert.equal(shortName('music-trio.m4a', '97 % music · 4.0 s'), 'music-trio…');
    assert.equal(shortName('music-trio.m4a', '99.7 % music · 4.0 s'), 'music…trio');
    assert.equal(shortName('harbour 2024 take 03.mp3', '97 % speech · 4.2 s'), 'harbo…03');
    assert.equal(shortName('harbour 2024 take 04.mp3', '97 % speech · 4.2 s'), 'harbo…04');
  });

  it('give way to the widest percentage, too', () => {
    assert.equal(shortName('announcement.mp3', '>99.9 % speech · 6.6 s'), 'anno…nt');
  });

  it('keep some of their beginning and end whatever stands behind them', () => {
    assert.match(shortName('harbour take 04.mp3', 'a label of many words · 10:00:00'), /^harb.*….*04$/);
  });

  it('are cut between characters as people see them', () => {
    const name = `${'👩‍🚀'.repeat(9)}録音された音声.wav`;
    assert.match(shortName(name, '97 % speech · 4.2 s'), /^(👩‍🚀)+…[録音された声]+$/u);
  });

  it('that begin with a dot have no extension', () => {
    assert.match(shortName('.a hidden recording of something', '97 % speech · 4.2 s'), /^\.a hi.*…/);
  });
});
