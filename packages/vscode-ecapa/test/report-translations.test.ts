import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type PresenceReport,
  scoreClips,
  scorePresence,
  type TeachingReport,
  teachingHtml,
} from '@ecapa/core/train';

const ROOT = join(__dirname, '..');

const scores = scoreClips(
  ['a', 'b'],
  [
    { label: 'a', probabilities: [0.9, 0.1] },
    { label: 'b', probabilities: [0.6, 0.4] },
  ],
);
const report: TeachingReport = {
  classes: [
    { label: 'a', clips: 1, groups: 1 },
    { label: 'b', clips: 1, groups: 1 },
  ],
  C: 1,
  choseC: 'default',
  scores,
  split: { method: 'leave-one-out', folds: 2 },
  uncalibratedError: 0.1,
  temperature: 1,
  heldOut: [],
  suspects: [{ path: 'b/1', label: 'b', looksLike: 'a', ownProbability: 0.4, otherProbability: 0.6 }],
  copies: [{ path: 'a/2', of: 'a/1' }],
  warnings: [],
};

const presence: PresenceReport = {
  mixtures: 1,
  folds: 2,
  temperature: 1,
  exclusive: [['a', 'b']],
  choseExclusive: 'given',
  inseparable: [],
  scores: scorePresence(
    ['a', 'b'],
    [
      {
        sounds: [
          { label: 'a', levelDb: 0, clip: 0 },
          { label: 'b', levelDb: -3, clip: 1 },
        ],
        presence: [0.9, 0.2],
      },
    ],
  ),
};

/** Every text that the report can ask for, in English. */
function reportTexts(): string[] {
  const texts = new Set<string>();
  const translate = (text: string): string => {
    texts.add(text);
    return text;
  };
  const { scores: _, ...untested } = report;
  for (const one of [
    report,
    untested,
    { ...report, presence, split: { method: 'k-fold' as const, folds: 10 } },
  ]) {
    const failures = [{ name: 'a/3', error: { message: 'no' } }];
    teachingHtml({ head: { id: 'h', modelId: 'm' }, output: 'h.json', report: one, failures }, { translate });
  }
  return [...texts];
}

/** The templates of core's warnings about clips: all its literals that are sentences. */
function warningTexts(): string[] {
  const source = readFileSync(
    join(ROOT, '..', 'core', 'src', 'heads', 'train', 'teaching-warnings.ts'),
    'utf8',
  );
  const literals = source.slice(source.indexOf('export function teachingWarnings')).matchAll(/'([^'\n]+)'/g);
  return [...literals].map(([, text = '']) => text).filter((text) => /[.]$/.test(text) && text.includes(' '));
}

describe('translations of the report', () => {
  for (const language of ['de', 'ja']) {
    it(`has all that core's report and warnings can say in ${language}`, () => {
      const bundle = JSON.parse(
        readFileSync(join(ROOT, 'l10n', `bundle.l10n.${language}.json`), 'utf8'),
      ) as Record<string, string>;
      const texts = [...reportTexts(), ...warningTexts()];
      assert.ok(reportTexts().length > 30 && warningTexts().length > 15);
      assert.deepEqual(
        texts.filter((text) => bundle[text] === undefined),
        [],
      );
    });
  }
});
