import assert from 'node:assert/strict';
import { scoreClips } from '../../src/heads/evaluate/scores.js';
import type { TeachingReport } from '../../src/heads/train/teach.js';
import { type TaughtHead, teachingHtml } from '../../src/reports/teaching-html.js';

const scores = scoreClips(
  ['horn', '<siren>'],
  [
    { label: 'horn', probabilities: [0.9, 0.1] },
    { label: 'horn', probabilities: [0.2, 0.8] },
    { label: '<siren>', probabilities: [0.3, 0.7] },
  ],
);
const report: TeachingReport = {
  classes: [
    { label: 'horn', clips: 2, groups: 2 },
    { label: '<siren>', clips: 1, groups: 1 },
  ],
  C: 10,
  choseC: 'default',
  scores,
  split: { method: 'leave-one-out', folds: 3 },
  uncalibratedError: 0.25,
  temperature: 1.5,
  heldOut: [],
  suspects: [
    {
      path: 'horn/"b" & c.wav',
      label: 'horn',
      looksLike: '<siren>',
      ownProbability: 0.2,
      otherProbability: 0.8,
    },
  ],
  copies: [{ path: 'horn/copy.wav', of: 'horn/a.wav' }],
  warnings: [
    {
      code: 'too-few-clips',
      message: 'Class "horn" has 2 clips',
      template: 'Class "{0}" has {1} clips',
      values: ['horn', 2],
    },
  ],
};
const taught: TaughtHead = {
  head: { id: 'street', modelId: 'm' },
  output: 'street.json',
  report,
  failures: [{ name: 'horn/broken.wav', error: { message: 'horn/broken.wav: not audio' } }],
};

describe('the report on a training as HTML', () => {
  it('shows scores, suspects, copies, warnings and failures, and needs nothing else', () => {
    const html = teachingHtml(taught);
    for (const part of [
      '66.7%',
      '2 of 3; 95 % interval',
      'horn/&#34;b&#34; &#38; c.wav',
      '&#60;siren&#62;',
      'horn/copy.wav',
      'Class &#34;horn&#34; has 2 clips',
      'horn/broken.wav: not audio',
    ])
      assert.ok(html.includes(part), part);
    assert.equal(html.match(/<figure>/g)?.length, 2);
    assert.doesNotMatch(html, /<script|<siren>|https?:|style="|undefined|NaN/);
  });

  it('speaks the reader’s language and writes numbers as there', () => {
    const html = teachingHtml(taught, {
      language: 'de',
      translate: (text, ...values) =>
        text === 'Class "{0}" has {1} clips' ? `Klasse ${values[0]}: ${values[1]} Clips` : text,
    });
    assert.match(html, /<html lang="de">/);
    assert.match(html, /66,7\s%/);
    assert.ok(html.includes('Klasse horn: 2 Clips'));
  });

  it('links clips and actions, and carries a policy that its own style satisfies', () => {
    const html = teachingHtml(taught, {
      nonce: 'n0nce',
      contentSecurityPolicy: "style-src 'nonce-n0nce'",
      actions: [{ href: 'command:use', text: 'Use it' }],
      linksOf: (clip) =>
        clip.includes('"b"')
          ? {
              open: 'command:open?"x"',
              audio: 'b.wav',
              note: 'moved',
              actions: [{ href: 'command:move', text: 'Move' }],
            }
          : {},
    });
    assert.ok(html.includes('<a href="command:open?&#34;x&#34;">'));
    assert.ok(html.includes('<audio controls preload="none" src="b.wav"'));
    assert.ok(html.includes('<a href="command:move">Move</a>') && html.includes('<em>moved</em>'));
    assert.ok(html.includes('<style nonce="n0nce">') && html.includes('nonce-n0nce&#39;'));
  });

  it('shows when there was nothing to test on', () => {
    const { scores: _, uncalibratedError: __, ...untested } = report;
    const html = teachingHtml({ ...taught, report: untested });
    assert.ok(html.includes('No score'));
    assert.doesNotMatch(html, /<figure>/);
  });
});
