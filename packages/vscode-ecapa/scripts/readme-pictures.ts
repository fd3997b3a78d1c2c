// pnpm --filter vscode-ecapa readme-pictures: takes the README's pictures from those that the last `test:ui` made.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const PICTURES = {
  '3-results.png': 'results.png',
  '4-timeline.png': 'timeline.png',
  '6-timeline-dark.png': 'timeline-dark.png',
  '7-report.png': 'report.png',
};

const made = join(__dirname, '..', '..', '..', 'artifacts', 'vscode');
const shown = join(__dirname, '..', 'media', 'readme');
mkdirSync(shown, { recursive: true });
for (const [from, to] of Object.entries(PICTURES)) copyFileSync(join(made, from), join(shown, to));
