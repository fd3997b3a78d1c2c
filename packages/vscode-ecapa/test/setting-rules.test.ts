import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedSetting, SETTING_RULES, type SettingName } from '../src/platform/setting-rules.js';

const NAMES = Object.keys(SETTING_RULES) as SettingName[];

/** What a folder's settings.json can hold, whatever a setting is meant to be. */
const ANYTHING: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  0,
  -1,
  1.5,
  5,
  1e9,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '4',
  '.raw',
  'two\nlines',
  'nul\u0000',
  'x'.repeat(100_000),
  [],
  [5],
  ['.raw', null],
  ['.raw', ['.wav']],
  ['../../x'],
  Array.from({ length: 10_000 }, () => '.raw'),
  {},
  { toString: null },
  { length: 1, 0: '.raw' },
];

/** The only ones of these that each setting takes, as it reads them. */
const TAKEN: Readonly<Record<SettingName, readonly (readonly [given: unknown, read: unknown])[]>> = {
  model: [
    ['', ''],
    ['4', '4'],
    ['.raw', '.raw'],
  ],
  head: [
    ['', ''],
    ['4', '4'],
    ['.raw', '.raw'],
  ],
  workers: [
    [0, 0],
    [5, 5],
  ],
  ffmpegPath: [
    ['', ''],
    ['4', '4'],
    ['.raw', '.raw'],
  ],
  runtime: [],
  extraExtensions: [[[], []]],
  'decorations.enabled': [
    [true, true],
    [false, false],
  ],
  remoteFileLimitMegabytes: [[5, 5]],
  mirror: [['', '']],
  'labels.file': [],
};

describe('settings', () => {
  for (const name of NAMES)
    it(`${name}: takes what it can be and falls back to its default for anything else`, () => {
      const taken = new Map(TAKEN[name]);
      for (const given of ANYTHING) {
        const checked = checkedSetting(name, given);
        const key = [...taken.keys()].find((one) => Object.is(one, given) || isEmptyList(one, given));
        if (key === undefined)
          assert.deepEqual(checked, { value: SETTING_RULES[name].fallback, isValid: false });
        else assert.deepEqual(checked, { value: taken.get(key), isValid: true });
      }
    });

  it('reads values as they are used', () => {
    assert.deepEqual(checkedSetting('extraExtensions', [' RAW', '.Pcm']).value, ['.raw', '.pcm']);
    assert.equal(checkedSetting('head', ' heads/a.json ').value, 'heads/a.json');
    assert.equal(checkedSetting('mirror', 'https://example.org/m').isValid, true);
    for (const address of ['command:x', 'file:///x', 'example.org', 'https://'])
      assert.equal(checkedSetting('mirror', address).isValid, false, address);
  });

  it('has the defaults and bounds of the manifest, and is not read from folders that are not trusted', () => {
    const { contributes, capabilities } = JSON.parse(
      readFileSync(join(__dirname, '..', 'package.json'), 'utf8'),
    ) as {
      contributes: {
        configuration: {
          properties: Record<string, { default: unknown; minimum?: number; maximum?: number }>;
        };
      };
      capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
    };
    const { properties } = contributes.configuration;
    assert.deepEqual(
      Object.keys(properties).sort(),
      NAMES.map((name) => `ecapa.${name}`).sort(),
      'every setting is checked',
    );
    for (const name of NAMES) {
      const { default: fallback, minimum, maximum } = properties[`ecapa.${name}`] ?? { default: undefined };
      assert.deepEqual(SETTING_RULES[name].fallback, fallback, name);
      if (minimum !== undefined) assert.equal(checkedSetting(name, minimum - 1).isValid, false);
      if (maximum !== undefined) assert.equal(checkedSetting(name, maximum + 1).isValid, false);
    }
    assert.deepEqual(
      NAMES.filter(
        (name) => !capabilities.untrustedWorkspaces.restrictedConfigurations.includes(`ecapa.${name}`),
      ),
      ['decorations.enabled'],
    );
  });
});

function isEmptyList(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0;
}
