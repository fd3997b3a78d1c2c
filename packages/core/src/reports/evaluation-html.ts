import type { Evaluation } from './evaluation.js';
import { reportPage } from './page.js';
import { escapeHtml, ReportText } from './report-text.js';
import { card, classTable, confusionTable, plotsSection, proportionCard } from './scores-sections.js';

/** An evaluation as one HTML page that needs nothing else: no script, no network. */
export function evaluationHtml(evaluation: Evaluation): string {
  const text = new ReportText();
  const { t } = text;
  const { scores, head, model, source, files, notes } = evaluation;
  const wrong = files.filter(({ label, predicted }) => label !== predicted);
  const body = `<h1>${t('Evaluation of head {0}', head)}</h1>
<p class="soft">${t('Model {0}, {1} clips of {2}.', model, scores.accuracy.total, source)}</p>
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('\n')}
<dl class="cards">
${proportionCard(t('Accuracy'), scores.accuracy, text)}
${scores.accepted ? proportionCard(t('Not called unknown'), scores.accepted, text) : ''}
${scores.acceptedAccuracy ? proportionCard(t('Right among these'), scores.acceptedAccuracy, text) : ''}
${card(t('Expected calibration error'), text.number(scores.calibrationError))}
${card(t('Log loss'), text.number(scores.logLoss))}
${card(t('Area under risk-coverage'), text.number(scores.areaUnderRiskCoverage))}
</dl>
<h2>${t('Calibration')}</h2>
${plotsSection(scores, text)}
<h2>${t('Classes')}</h2>
${classTable(scores, text)}
<h2>${t('Confusion')}</h2>
${confusionTable(scores, text)}
<h2>${t('Wrong verdicts ({0})', wrong.length)}</h2>
${wrong.length === 0 ? `<p>${t('None.')}</p>` : wrongTable(wrong, text)}`;
  return reportPage(`Evaluation of ${head}`, text.language, body);
}

function wrongTable(files: Evaluation['files'], text: ReportText): string {
  const rows = files
    .toSorted((a, b) => b.probability - a.probability)
    .map(
      ({ file, label, predicted, probability }) =>
        `<tr><td>${escapeHtml(file)}</td><td>${escapeHtml(label)}</td><td>${escapeHtml(predicted)}</td><td>${text.percent(probability)}</td></tr>`,
    );
  const head = ['File', 'Class', 'Verdict', 'Probability'].map(
    (name) => `<th scope="col">${text.t(name)}</th>`,
  );
  return `<div class="scroll"><table class="files"><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
