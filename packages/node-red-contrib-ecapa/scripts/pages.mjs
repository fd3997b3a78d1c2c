// Puts the web pages of pages/ into the template nodes of the examples that serve them: pnpm pages, then pnpm format
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = { 'Classify uploads over HTTP': 'upload.html', 'Live dashboard with timeline': 'live.html' };

for (const [example, page] of Object.entries(PAGES)) {
  const file = join(here, 'examples', `${example}.json`);
  const flow = JSON.parse(readFileSync(file, 'utf8'));
  const template = flow.find(({ type }) => type === 'template');
  template.template = readFileSync(join(here, 'pages', page), 'utf8');
  writeFileSync(file, `${JSON.stringify(flow, null, 2)}\n`);
}
