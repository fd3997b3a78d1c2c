import { escapeHtml } from './report-text.js';

/** How a page fits where it is shown. */
export interface PageOptions {
  /** Style sheet after the page's own, e.g. to map its colours to a theme's. */
  readonly style?: string;
  /** For the style element, where a policy asks for it. */
  readonly nonce?: string;
  /** Written into the page. It needs styles with the nonce, and nothing else. */
  readonly contentSecurityPolicy?: string;
}

/** A page that needs nothing else: no script, no network, light or dark as the reader's system is. */
export function reportPage(
  title: string,
  language: string,
  body: string,
  { style = '', nonce, contentSecurityPolicy }: PageOptions = {},
): string {
  const policy =
    contentSecurityPolicy === undefined
      ? ''
      : `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy)}">\n`;
  const attribute = nonce === undefined ? '' : ` nonce="${escapeHtml(nonce)}"`;
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style${attribute}>${STYLE}${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** How full a cell of the confusion matrix is, in tenths: a policy may forbid inline styles. */
const SHADES = Array.from({ length: 11 }, (_, tenth) => `.share-${tenth}{--share:${tenth * 6}%}`).join('');

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --card: #f6f8fa; --line: #d0d7de; --good: #1a7f5a; --bad: #c2410c; --link: #0b5cad; --font: system-ui, sans-serif }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa6b2; --paper: #14181d; --card: #1c2229; --line: #3b434c; --good: #4ac794; --bad: #fb923c; --link: #6cb6ff } }
body { font: 14px/1.55 var(--font); color: var(--ink); background: var(--paper); margin: 0; padding: 0 1.5rem }
main { max-width: 58rem; margin: 2rem auto 4rem }
h1 { font-size: 1.6rem; font-weight: 600; line-height: 1.2; margin: 0 0 .3rem } h2 { font-size: 1.15rem; font-weight: 600; margin: 2.4rem 0 .6rem }
p { margin: .4rem 0 } a { color: var(--link) } .soft, figcaption, caption { color: var(--soft) } a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.actions a { margin-right: 1.2rem }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0 0 } .cards > div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem } .cards > .wide { grid-column: span 2 }
dt { font-size: .85rem; color: var(--soft) } dd { margin: 0; font-size: 1.35rem; font-weight: 600 } .wide dd { font-size: 2.2rem; line-height: 1.2 } dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--soft); line-height: 1.45 }
.note { background: var(--card); border-left: 3px solid var(--bad); border-radius: 0 6px 6px 0; padding: .5rem .9rem; margin: .5rem 0 } ul.notes { list-style: none; padding: 0; margin: 0 } .note.minor { border-left-color: var(--line) }
.scroll { overflow-x: auto } figure { margin: 0; flex: 1 1 18rem; max-width: 26rem } .plots { display: flex; flex-wrap: wrap; gap: 1.5rem } .plots svg { width: 100% } figcaption { font-size: .85rem }
svg text { font: 11px var(--font); fill: var(--ink) } svg .title { font-weight: 600; font-size: 13px } .grid { stroke: var(--line) } .ideal { stroke: var(--soft); stroke-dasharray: 4 4 }
.mark { fill: var(--good); fill-opacity: .75 } .line { fill: none; stroke: var(--good); stroke-width: 2 } .dot { fill: var(--good) }
.interval { width: 100%; height: 1.1rem; display: block; margin: .35rem 0 .2rem } .track { fill: var(--line) } .reach { fill: var(--good); fill-opacity: .35 } .point { fill: var(--good) }
table { border-collapse: collapse; margin: .3rem 0 } caption { text-align: left; font-size: .85rem; padding-bottom: .4rem; max-width: 50rem }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .9rem .35rem 0; text-align: right; font-variant-numeric: tabular-nums; vertical-align: middle } th { font-weight: 600 } thead th { color: var(--soft); font-weight: 400; font-size: .85rem }
th:first-child, .files td, .files th { text-align: left } .files { width: 100% } .files td:first-child { overflow-wrap: anywhere } .files td .soft { white-space: nowrap } .files audio { height: 2rem; max-width: 15rem; vertical-align: middle }
.bar { width: 4.5rem; height: .55rem; vertical-align: middle; margin-left: .5rem } .bar .value { fill: var(--good) } .bar .wrong { fill: var(--bad) }
.confusion th, .confusion td { padding: .45rem .9rem; border: 1px solid var(--line) } .confusion td { text-align: center; min-width: 2.2rem } .confusion td.zero { color: var(--soft) }
.confusion td.right { background: color-mix(in srgb, var(--good) var(--share), transparent) } .confusion td.wrong { background: color-mix(in srgb, var(--bad) var(--share), transparent) }
${SHADES}
@media print { body { padding: 0 } .files audio, .actions { display: none } }
`;
