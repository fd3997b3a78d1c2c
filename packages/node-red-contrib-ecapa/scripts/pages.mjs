// Puts the web pages of pages/ into the template nodes of the examples that serve them, and what a browser may do on
// them into the headers of their answers: pnpm pages, then pnpm format
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLASS_COLOURS, OTHER_CLASS_COLOURS } from '@ecapa/core/page';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = { 'Classify uploads over HTTP': 'upload.html', 'Live dashboard with timeline': 'live.html' };

for (const [example, page] of Object.entries(PAGES)) {
  const file = join(here, 'examples', `${example}.json`);
  const flow = JSON.parse(readFileSync(file, 'utf8'));
  const html = withPalette(readFileSync(join(here, 'pages', page), 'utf8'));
  const template = flow.find(({ type }) => type === 'template');
  template.template = html;
  const answer = flow.find(({ id }) => template.wires.flat().includes(id));
  answer.headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(html),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  writeFileSync(file, `${JSON.stringify(flow, null, 2)}\n`);
}

/** Its own script and style, requests to its own server, and nothing else. */
function contentSecurityPolicy(html) {
  const hashOf = (element) => {
    const [, content] = new RegExp(`<${element}[^>]*>([\\s\\S]*?)</${element}>`).exec(html);
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  };
  // An audio worklet is a script of its own, which a page without files has in a blob.
  const worklet = html.includes('audioWorklet') ? ' blob:' : '';
  return [
    "default-src 'none'",
    `script-src ${hashOf('script')}${worklet}`,
    `style-src ${hashOf('style')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

/** The colours of classes as custom properties, each with the ink, black or white, that is read on it best. */
function withPalette(html) {
  const colours = [
    ...Object.entries(CLASS_COLOURS),
    ...OTHER_CLASS_COLOURS.map((colour, index) => [`other${index + 1}`, colour]),
  ];
  const rules = (ground) =>
    colours
      .map(([name, colour]) => `--${name}: ${colour[ground]}; --${name}-ink: ${inkOn(colour[ground])};`)
      .join(' ');
  return html.replace(
    '/*palette*/',
    `:root { ${rules('light')} }\n@media (prefers-color-scheme: dark) { :root { ${rules('dark')} } }`,
  );
}

/** By relative luminance (WCAG 2.2). */
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}
