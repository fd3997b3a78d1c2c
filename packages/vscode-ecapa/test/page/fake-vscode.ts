import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { pageHtml } from '../../src/features/timeline/page-html.js';
import type { pageStrings } from '../../src/features/timeline/page-strings.js';

const PACKAGE = join(__dirname, '..', '..');

/** The parts of the host that make the page, over as much of `vscode` as they need. */
export interface PageMakers {
  readonly pageHtml: typeof pageHtml;
  readonly pageStrings: typeof pageStrings;
}

/** `language`: one of l10n/, or `en`. */
export async function pageMakers(language: string): Promise<PageMakers> {
  const bundle =
    language === 'en' ? '{}' : readFileSync(join(PACKAGE, 'l10n', `bundle.l10n.${language}.json`), 'utf8');
  const fake = `
    const words = ${bundle};
    export const l10n = { t: (text) => words[text] ?? text };
    export const env = { language: ${JSON.stringify(language)} };
    export const Uri = { joinPath: (base, ...parts) => [base, ...parts].join('/') };`;
  const { outputFiles } = await build({
    absWorkingDir: PACKAGE,
    stdin: {
      contents:
        "export * from './src/features/timeline/page-html.ts'; export * from './src/features/timeline/page-strings.ts';",
      resolveDir: PACKAGE,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    plugins: [
      {
        name: 'fake-vscode',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^vscode$/ }, () => ({ path: 'vscode', namespace: 'fake' }));
          onLoad({ filter: /.*/, namespace: 'fake' }, () => ({ contents: fake }));
        },
      },
    ],
  });
  const module = { exports: {} as PageMakers };
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(
    module,
    module.exports,
    createRequire(__filename),
  );
  return module.exports;
}
