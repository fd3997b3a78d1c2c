import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../docs/decisions/', import.meta.url));

describe('docs/decisions', () => {
  it('are all listed in their index under their title, by date', () => {
    const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md');
    const rows = pages.sort().map((name) => {
      const title = /^# (.*)$/m.exec(readFileSync(join(FOLDER, name), 'utf8'))?.[1];
      return `${name.slice(0, 10)} [${title}](${name})`;
    });
    const index = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    const listed = [...index.matchAll(/^\| (\d{4}-\d{2}-\d{2}) +\| (\[.*\]\(.*\)) *\|$/gm)];
    assert.deepEqual(
      listed.map(([, date, link]) => `${date} ${link}`),
      rows,
    );
  });
});
