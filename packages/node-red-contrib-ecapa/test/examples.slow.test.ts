import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLASS_COLOURS, OTHER_CLASS_COLOURS } from '@ecapa/core/page';
import { EXAMPLE_FLOWS, ExampleHost } from './example-host.js';
import { itShowsPages } from './example-pages.js';
import { itRunsRecipes } from './example-recipes.js';
import { itSurvivesAPowerCut } from './example-restart.js';
import { itRunsSmallExamples } from './example-small.js';
import { HOSTS } from './node-red-process.js';

const PACKAGE = join(__dirname, '..');
const all = [...EXAMPLE_FLOWS.values()].flat();

describe('examples', () => {
  it('can be imported together, for no id is used twice', () => {
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  });

  it('need no program of the system but a recorder: no exec nodes, no modules of functions', () => {
    for (const node of all) {
      assert.notEqual(node.type, 'exec', node.id);
      assert.deepEqual((node as { libs?: unknown[] }).libs ?? [], [], node.id);
    }
  });

  it('serve the pages of pages/, with the colours that all front ends have', () => {
    const served = all.flatMap(({ template }) => template ?? []);
    for (const page of readdirSync(join(PACKAGE, 'pages'))) {
      const [before = '', after = ''] = readFileSync(join(PACKAGE, 'pages', page), 'utf8').split(
        '/*palette*/',
      );
      const html = served.find((one) => one.startsWith(before) && one.endsWith(after));
      assert.ok(html, `${page} is not what an example serves: pnpm pages`);
      if (after === '') continue;
      for (const { light, dark } of [...Object.values(CLASS_COLOURS), ...OTHER_CLASS_COLOURS]) {
        assert.ok(html.includes(light) && html.includes(dark));
      }
    }
  });

  for (const [index, host] of HOSTS.slice(0, 2).entries()) {
    describe(host.name, () => {
      let examples: ExampleHost;
      before(async () => {
        examples = await ExampleHost.start(host);
      });
      after(() => examples?.stop());
      const running = () => examples;

      itRunsSmallExamples(running);
      itRunsRecipes(running);
      itShowsPages(running, index === 0);
      itSurvivesAPowerCut(running);

      it('write no error into the log', () => {
        assert.doesNotMatch(examples.red.log, /missing types|\[error\]|\[warn\] \[/);
      });
    });
  }
});
