import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '../src/core-bundle.js';

const ROOT = join(__dirname, '..');
const LANGUAGES = ['de', 'ja'];
const manifest = readFileSync(join(ROOT, 'package.json'), 'utf8');

function json(...path: string[]): Record<string, string> {
  return JSON.parse(readFileSync(join(ROOT, ...path), 'utf8')) as Record<string, string>;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** Source text as it reads when it runs. */
function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

const CODE = sources(join(ROOT, 'src'));
/** Titles of formats, which core gives and the extension translates. */
const CORE = sources(join(ROOT, '..', 'core', 'src'));

/** The literals that `l10n.t` is called with, also as `t`. */
function translatedLiterals(): string[] {
  const calls = /(?:\bl10n\.|[^.\w])t\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/g;
  const found = CODE.flatMap((source) =>
    [...source.matchAll(calls)].map(([, single, double]) => unescaped(single ?? double ?? '')),
  );
  return [...new Set(found)].sort();
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
}

describe('translations', () => {
  for (const language of LANGUAGES) {
    it(`has every string of the code in ${language}`, () => {
      const bundle = json('l10n', `bundle.l10n.${language}.json`);
      assert.deepEqual(
        translatedLiterals().filter((text) => bundle[text] === undefined),
        [],
      );
      for (const [key, text] of Object.entries(bundle)) {
        assert.notEqual(text.trim(), '', key);
        assert.deepEqual(placeholders(text), placeholders(key), key);
      }
    });

    it(`has no string in ${language} that the code does not have`, () => {
      const all = unescaped([...CODE, ...CORE].join('\n'));
      const keys = Object.keys(json('l10n', `bundle.l10n.${language}.json`));
      assert.deepEqual(
        keys.filter((key) => !all.includes(key)),
        [],
      );
    });

    it(`has every string of the manifest in ${language}, and no other`, () => {
      const english = Object.keys(json('package.nls.json')).sort();
      assert.deepEqual(Object.keys(json(`package.nls.${language}.json`)).sort(), english);
    });
  }

  it('has the same strings in every language', () => {
    const [first, ...others] = LANGUAGES.map((language) =>
      Object.keys(json('l10n', `bundle.l10n.${language}.json`)).sort(),
    );
    for (const other of others) assert.deepEqual(other, first);
  });

  it('has every string that the manifest names in English, and no other', () => {
    const named = [...new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, name]) => name))];
    assert.deepEqual(Object.keys(json('package.nls.json')).sort(), named.sort());
  });

  it('keeps links to commands as they are', () => {
    const links = (text: string): string[] => text.match(/\(command:[\w.]+\)/g) ?? [];
    const english = json('package.nls.json');
    for (const language of LANGUAGES)
      for (const [key, text] of Object.entries(json(`package.nls.${language}.json`)))
        assert.deepEqual(links(text), links(english[key] ?? ''), `${language} ${key}`);
  });
});

describe('audio extensions', () => {
  /** MPEG transport streams: in an editor, these are TypeScript's. */
  const NOT_HERE = ['.ts', '.mts'];
  const expected = core.AUDIO_EXTENSIONS.filter((extension) => !NOT_HERE.includes(extension)).sort();

  it("are core's in every menu of the manifest", () => {
    const lists = [...manifest.matchAll(/resourceExtname =~ \/\^\\\\\.\(([\w|]+)\)\$\/i/g)];
    assert.ok(lists.length >= 1);
    for (const [, list = ''] of lists)
      assert.deepEqual(
        list
          .split('|')
          .map((extension) => `.${extension}`)
          .sort(),
        expected,
      );
  });

  it("are core's when folders are searched", () => {
    const source = readFileSync(join(ROOT, 'src', 'platform', 'audio-files.ts'), 'utf8');
    const [, list = ''] = /EXPLORER_EXTENSIONS[^(]*\(\s*\(([^)]*)\)/.exec(source) ?? [];
    const words = [...list.matchAll(/'([^']*)'/g)].map(([, part]) => part ?? '').join('');
    assert.deepEqual(
      words
        .split(' ')
        .map((extension) => `.${extension}`)
        .sort(),
      expected,
    );
  });
});
