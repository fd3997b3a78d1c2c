import type { Proportion, Scores } from '../heads/evaluate/scores.js';
import { intervalBar, reliabilityPlot, riskCoveragePlot, shareBar } from './plots.js';
import { escapeHtml, type ReportText } from './report-text.js';

/** A number with what it is called, as a card. Both are HTML. */
export function card(name: string, value: string, detail = ''): string {
  const small = detail === '' ? '' : `<small>${detail}</small>`;
  return `<div><dt>${name}</dt><dd>${value}${small}</dd></div>`;
}

/** A share with its counts and its interval, as a card. `name` is HTML. */
export function proportionCard(name: string, proportion: Proportion, text: ReportText, how = ''): string {
  const { count, total, share, low, high } = proportion;
  const detail = text.t(
    '{0} of {1}; 95 % interval {2} to {3}',
    count,
    total,
    text.percent(low),
    text.percent(high),
  );
  const more = how === '' ? '' : `<br>${how}`;
  return `<div class="wide"><dt>${name}</dt><dd>${text.percent(share)}${intervalBar(proportion, text)}<small>${detail}${more}</small></dd></div>`;
}

export function plotsSection({ reliability, riskCoverage }: Scores, text: ReportText): string {
  const figure = (plot: string, caption: string): string =>
    `<figure>${plot}<figcaption>${caption}</figcaption></figure>`;
  return `<div class="plots">${figure(
    reliabilityPlot(reliability, text),
    text.t('On the dashed line, the head is as sure as it is right. Larger dots stand for more clips.'),
  )}${figure(
    riskCoveragePlot(riskCoverage, text),
    text.t('How often the head is wrong when it answers only what it is surest of.'),
  )}</div>`;
}

export function classTable({ classes }: Scores, text: ReportText): string {
  const cell = (share: number | null): string =>
    `<td>${text.percent(share)}${share === null ? '' : shareBar(share)}</td>`;
  const rows = classes.map(
    ({ label, clips, precision, recall, f1 }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td>${clips}</td>${cell(precision)}${cell(recall)}${cell(f1)}</tr>`,
  );
  const head = ['Class', 'Clips', 'Precision', 'Recall', 'F1'].map(
    (name) => `<th scope="col">${text.t(name)}</th>`,
  );
  const caption = text.t(
    'Precision: share of verdicts for a class that are right. Recall: share of its clips that were found. F1: their harmonic mean.',
  );
  return `<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

export function confusionTable({ labels, confusion }: Scores, text: ReportText): string {
  const head = labels.map((label) => `<th scope="col">${escapeHtml(label)}</th>`).join('');
  const rows = confusion.map((row, k) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    const cells = row.map((count, j) => {
      const kind = j === k ? 'right' : 'wrong';
      const shade = count === 0 ? 'zero' : `share-${Math.max(2, Math.round((10 * count) / total))}`;
      return `<td class="${kind} ${shade}">${count}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(labels[k] ?? '')}</th>${cells.join('')}</tr>`;
  });
  const caption = text.t('Rows: what the clips are. Columns: what the head answered.');
  return `<div class="scroll"><table class="confusion"><caption>${caption}</caption><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
