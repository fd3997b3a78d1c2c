import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelColourId } from '../src/platform/label-colour.js';

const { contributes } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
  contributes: { colors: { id: string; defaults: Record<string, string> }[] };
};

describe('label colours', () => {
  const own = ['dog', 'cat', 'bird', 'cow', 'sheep'];

  it('gives each class of one head a colour of its own, and takes turns after four', () => {
    assert.deepEqual(
      own.map((label) => labelColourId(label, ['speech', ...own])),
      ['ecapa.other1', 'ecapa.other2', 'ecapa.other3', 'ecapa.other4', 'ecapa.other1'],
    );
    assert.equal(labelColourId('speech', own), 'ecapa.speech');
    assert.equal(labelColourId('silence', own), 'ecapa.silence');
  });

  it('names only colours that the manifest defines for every kind of theme', () => {
    const labels = ['speech', 'music', 'noise', 'silence', 'unknown', 'gap', ...own];
    for (const label of labels) {
      const colour = contributes.colors.find(({ id }) => id === labelColourId(label, own));
      assert.deepEqual(Object.keys(colour?.defaults ?? {}), [
        'light',
        'dark',
        'highContrast',
        'highContrastLight',
      ]);
    }
  });
});
