import type { Proportion, Scores } from '@ecapa/core';
import type { Evaluation } from './evaluation.js';
import { reliabilityPlot, riskCoveragePlot } from './plots.js';
import { percent } from './scores-text.js';

/** An evaluation as one HTML page that needs nothing else: no script, no network. */
export function evaluationHtml(evaluation: Evaluation): string {
  const { scores, head, model, source, files, notes } = evaluation;
  const wrong = files.filter(({ label, predicted }) => label !== predicted);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${escapeHtml(head)}</title>
<style>${STYLE}</style>
<h1>Evaluation of head ${escapeHtml(head)}</h1>
<p>Model ${escapeHtml(model)}, ${scores.accuracy.total} clips of ${escapeHtml(source)}.</p>
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('\n')}
<dl>
${fact('Accuracy', scores.accuracy)}
${scores.accepted ? fact('Not called unknown', scores.accepted) : ''}
${scores.acceptedAccuracy ? fact('Right among these', scores.acceptedAccuracy) : ''}
<div><dt>Expected calibration error</dt><dd>${scores.calibrationError.toFixed(3)}</dd></div>
<div><dt>Log loss</dt><dd>${scores.logLoss.toFixed(3)}</dd></div>
<div><dt>Area under risk-coverage</dt><dd>${scores.areaUnderRiskCoverage.toFixed(3)}</dd></div>
</dl>
<div class="plots">${reliabilityPlot(scores.reliability)}${riskCoveragePlot(scores.riskCoverage)}</div>
<h2>Classes</h2>
${classTable(scores)}
<h2>Confusion</h2>
${confusionTable(scores)}
<h2>Wrong verdicts (${wrong.length})</h2>
${wrong.length === 0 ? '<p>None.</p>' : wrongTable(wrong)}
</html>
`;
}

/** Text made safe inside HTML, attribute values included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function fact(name: string, { count, total, share, low, high }: Proportion): string {
  return `<div><dt>${name}</dt><dd>${percent(share)} <small>${count} of ${total}; 95 % interval ${percent(low)} to ${percent(high)}</small></dd></div>`;
}

function classTable({ classes }: Scores): string {
  const rows = classes.map(
    ({ label, clips, precision, recall, f1 }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td>${clips}</td><td>${percent(precision)}</td><td>${percent(recall)}</td><td>${percent(f1)}</td></tr>`,
  );
  return `<table><tr><th>class</th><th>clips</th><th>precision</th><th>recall</th><th>F1</th></tr>${rows.join('')}</table>`;
}

function confusionTable({ labels, confusion }: Scores): string {
  const head = labels.map((label) => `<th scope="col">${escapeHtml(label)}</th>`).join('');
  const rows = confusion.map((row, k) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    const cells = row.map((count, j) => {
      const kind = j === k ? 'right' : 'wrong';
      return `<td class="${kind}" style="--share:${((count / total) * 100).toFixed(0)}%">${count}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(labels[k] ?? '')}</th>${cells.join('')}</tr>`;
  });
  return `<table class="confusion"><tr><th>true class \\ verdict</th>${head}</tr>${rows.join('')}</table>`;
}

function wrongTable(files: Evaluation['files']): string {
  const rows = files
    .toSorted((a, b) => b.probability - a.probability)
    .map(
      ({ file, label, predicted, probability }) =>
        `<tr><td>${escapeHtml(file)}</td><td>${escapeHtml(label)}</td><td>${escapeHtml(predicted)}</td><td>${percent(probability)}</td></tr>`,
    );
  return `<table class="files"><tr><th>file</th><th>true class</th><th>verdict</th><th>probability</th></tr>${rows.join('')}</table>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de; --good: #1a7f5a; --bad: #c2410c }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #14181d; --line: #3b434c; --good: #4ac794; --bad: #fb923c } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.note { border-left: 3px solid var(--bad); padding-left: .8rem }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem } dt { font-size: .85rem; opacity: .75 } dd { margin: 0; font-size: 1.2rem } dd small { display: block; font-size: .8rem }
.plots { display: flex; flex-wrap: wrap; gap: 1rem } svg { width: min(100%, 26rem) }
svg text { font-size: 11px; fill: var(--ink) } svg .title { font-weight: 600; font-size: 13px } .grid { stroke: var(--line) } .ideal { stroke: var(--ink); stroke-dasharray: 4 4; opacity: .6 }
.mark { fill: var(--good); fill-opacity: .75 } .line { fill: none; stroke: var(--good); stroke-width: 2 } .dot { fill: var(--good) }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3rem .7rem; text-align: right } th:first-child, .files td { text-align: left } .files td:last-child { text-align: right }
.confusion td.right { background: color-mix(in srgb, var(--good) calc(var(--share) * .6), transparent) } .confusion td.wrong { background: color-mix(in srgb, var(--bad) calc(var(--share) * .6), transparent) }
`;
