import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = join(__dirname, '..');
const LANGUAGES = readdirSync(join(PACKAGE, 'locales'));

type Texts = { readonly [key: string]: string | Texts };

const textsOf = (language: string) =>
  JSON.parse(readFileSync(join(PACKAGE, 'locales', language, 'ecapa.json'), 'utf8')) as Texts;

/** `a.b.c` of every text. */
function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? `${prefix}${key}` : keysOf(value, `${prefix}${key}.`),
  );
}

describe('texts', () => {
  const english = keysOf(textsOf('en-US'));
  const scripts = readdirSync(join(PACKAGE, 'editor'))
    .filter((name) => name.endsWith('.html'))
    .map((name) => readFileSync(join(PACKAGE, 'editor', name), 'utf8'));

  for (const language of LANGUAGES) {
    it(`${language}: every text, no other ones, and a help for every node`, () => {
      assert.deepEqual(keysOf(textsOf(language)).sort(), [...english].sort());
      const help = readFileSync(join(PACKAGE, 'locales', language, 'ecapa.html'), 'utf8');
      for (const type of ['model', 'classify', 'stream', 'train', 'listen', 'queue']) {
        assert.ok(help.includes(`data-help-name="ecapa-${type}"`), type);
      }
    });

    it(`${language}: status texts under 20 characters`, () => {
      const { status } = textsOf(language).ecapa as { status: Record<string, string> };
      for (const [key, text] of Object.entries(status)) {
        assert.ok(
          text.replace('__count__', '1000').replace('__seconds__', '60').length < 20,
          `${key}: ${text}`,
        );
      }
    });
  }

  it('are all there that the editor asks for', async () => {
    const { dialogs } = await import('../editor/dialogs.mjs');
    const editor = [...scripts, ...Object.values(dialogs)].join('\n');
    const wanted = [...editor.matchAll(/(?:data-i18n="(?:\[\w+\])?|_\(')(ecapa\.[\w.]+)/g)].map(
      ([, key]) => key,
    );
    assert.ok(wanted.length > 60);
    assert.deepEqual(
      [...new Set(wanted)].filter((key) => !english.includes(key ?? '')),
      [],
    );
  });
});
