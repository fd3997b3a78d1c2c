import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CLASS_COLOURS, OTHER_CLASS_COLOURS } from '../src/class-colours.js';

interface ThemeColour {
  readonly id: string;
  readonly defaults: { readonly light: string; readonly dark: string };
}

describe('the colours of classes', () => {
  it('are those of the extension, which has to repeat them in its manifest', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../vscode-ecapa/package.json', import.meta.url), 'utf8'),
    ) as { readonly contributes: { readonly colors: readonly ThemeColour[] } };
    const there = new Map(
      manifest.contributes.colors.map(({ id, defaults: { light, dark } }) => [id, { light, dark }]),
    );
    for (const [label, colour] of Object.entries(CLASS_COLOURS)) {
      assert.deepEqual(there.get(`ecapa.${label}`), colour, label);
    }
    for (const [index, colour] of OTHER_CLASS_COLOURS.entries()) {
      assert.deepEqual(there.get(`ecapa.other${index + 1}`), colour, `other ${index + 1}`);
    }
  });
});
