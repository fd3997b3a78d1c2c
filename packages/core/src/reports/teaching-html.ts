import type { Suspect } from '../heads/evaluate/suspects.js';
import type { TeachingReport } from '../heads/train/teach.js';
import type { Warning } from '../heads/train/teaching-warnings.js';
import { type PageOptions, reportPage } from './page.js';
import { shareBar } from './plots.js';
import { presenceSection } from './presence-section.js';
import { escapeHtml, type ReportLanguage, ReportText } from './report-text.js';
import { card, classTable, confusionTable, plotsSection, proportionCard } from './scores-sections.js';

/** A training, as shown in a report. */
export interface TaughtHead {
  readonly head: { readonly id: string; readonly modelId: string };
  /** Where the head file is. */
  readonly output: string;
  readonly report: TeachingReport;
  /** Clips that could not be used. */
  readonly failures: readonly { readonly name: string; readonly error: { readonly message: string } }[];
}

/** What a clip's name leads to; addresses are put into attributes as they are given, made safe. */
export interface ClipLinks {
  readonly open?: string;
  /** Address of its audio, to be played in the page. */
  readonly audio?: string;
  readonly actions?: readonly { readonly href: string; readonly text: string }[];
  /** Further remarks. */
  readonly note?: string;
}

/** Language, links to clips and page settings of a training report. */
export interface TeachingHtmlOptions extends PageOptions, ReportLanguage {
  readonly linksOf?: (clip: string) => ClipLinks;
  /** Links under the title. */
  readonly actions?: ClipLinks['actions'];
}

/** The report on a training as one HTML page without scripts: how good, what to listen to, what to mind. */
export function teachingHtml(taught: TaughtHead, options: TeachingHtmlOptions = {}): string {
  const text = new ReportText(options);
  const { t } = text;
  const { head, output, report, failures } = taught;
  const { scores, suspects, copies, warnings, classes } = report;
  const clips = classes.reduce((sum, one) => sum + one.clips, 0);
  const links = options.linksOf ?? (() => ({}));
  const body = [
    `<h1>${t('Head “{0}”', head.id)}</h1>`,
    `<p class="soft">${t('{0} classes from {1} clips, for model {2}. Written to {3}.', classes.length, clips, head.modelId, output)}</p>`,
    actionLinks(options.actions ?? []),
    scoreCards(report, text),
    suspects.length > 0 ? suspectSection(suspects, links, text) : '',
    warnings.length > 0
      ? `<h2>${t('What to mind')}</h2><ul class="notes">${warnings.map((warning) => warningItem(warning, text)).join('')}</ul>`
      : '',
    scores === undefined ? plainClasses(classes, text) : '',
    scores === undefined ? '' : `<h2>${t('Classes')}</h2>${classTable(scores, text)}`,
    scores === undefined ? '' : `<h2>${t('Confusion')}</h2>${confusionTable(scores, text)}`,
    scores === undefined ? '' : `<h2>${t('Calibration')}</h2>${plotsSection(scores, text)}`,
    report.presence === undefined ? '' : presenceSection(report.presence, text),
    copies.length > 0
      ? section(
          t('Copies, left out'),
          [t('Clip'), t('Copy of')],
          copies.map(({ path, of }) => [clipCell(path, links), clipCell(of, links)]),
        )
      : '',
    failures.length > 0
      ? section(
          t('Clips that could not be used'),
          [t('Clip'), t('Reason')],
          failures.map(({ name, error }) => [clipCell(name, links), escapeHtml(error.message)]),
        )
      : '',
  ];
  return reportPage(head.id, text.language, body.filter((part) => part !== '').join('\n'), options);
}

function scoreCards(
  { scores, split, temperature, uncalibratedError, C, choseC }: TeachingReport,
  text: ReportText,
): string {
  const { t } = text;
  if (scores === undefined) {
    return `<p class="note">${t('No score: there are too few clips to leave one out.')}</p>`;
  }
  const how =
    split.method === 'leave-one-out'
      ? t(
          'Each of {0} recordings was left out in turn and judged by a head that had not heard it.',
          split.folds,
        )
      : t('In {0} parts, each left out in turn and judged by a head that had not heard it.', split.folds);
  const before =
    uncalibratedError === undefined
      ? ''
      : t('{0} before the temperature {1}', text.number(uncalibratedError), text.number(temperature));
  const why = { given: t('as given'), default: t('default'), 'cross-validation': t('by cross-validation') }[
    choseC
  ];
  return `<dl class="cards">
${proportionCard(t('Right on clips that it had not heard'), scores.accuracy, text, how)}
${card(t('Expected calibration error'), text.number(scores.calibrationError), before)}
${card(t('Log loss'), text.number(scores.logLoss))}
${card(t('Penalty C'), text.number(Number(C.toPrecision(3))), why)}
</dl>`;
}

function suspectSection(
  suspects: readonly Suspect[],
  links: (clip: string) => ClipLinks,
  text: ReportText,
): string {
  const { t } = text;
  const rows = suspects.map(({ path, label, looksLike, ownProbability, otherProbability }) => [
    clipCell(path, links),
    `${escapeHtml(label)}<br><span class="soft">${text.percent(ownProbability)}${shareBar(ownProbability)}</span>`,
    `${escapeHtml(looksLike)}<br><span class="soft">${text.percent(otherProbability)}${shareBar(otherProbability, 'wrong')}</span>`,
  ]);
  const lead = t(
    'To a head that learnt from the other clips, these sound like another class. They may be mislabelled, or just hard.',
  );
  return section(t('Listen to these first'), [t('Clip'), t('Labelled'), t('Sounds like')], rows, lead);
}

function plainClasses(classes: TeachingReport['classes'], { t }: ReportText): string {
  return section(
    t('Classes'),
    [t('Class'), t('Clips')],
    classes.map(({ label, clips }) => [escapeHtml(label), String(clips)]),
  );
}

/** A heading with a table under it; all of it is HTML. */
function section(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  caption = '',
): string {
  const head = columns.map((name) => `<th scope="col">${name}</th>`).join('');
  const lines = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  const lead = caption === '' ? '' : `<caption>${caption}</caption>`;
  return `<h2>${title}</h2><div class="scroll"><table class="files">${lead}<thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

function clipCell(clip: string, links: (clip: string) => ClipLinks): string {
  const { open, audio, actions = [], note } = links(clip);
  const name = escapeHtml(clip);
  const player =
    audio === undefined
      ? ''
      : `<br><audio controls preload="none" src="${escapeHtml(audio)}" aria-label="${name}"></audio>`;
  const title = open === undefined ? name : `<a href="${escapeHtml(open)}">${name}</a>`;
  const remark = note === undefined ? '' : `<br><em>${escapeHtml(note)}</em>`;
  return `${title}${remark}${player}${actionLinks(actions)}`;
}

function actionLinks(actions: NonNullable<ClipLinks['actions']>): string {
  if (actions.length === 0) return '';
  const links = actions.map(({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`);
  return `<div class="actions">${links.join(' ')}</div>`;
}

/** Warnings that are dealt with already are shown less prominently. */
function warningItem({ code, template, values }: Warning, { t }: ReportText): string {
  const isMinor = code === 'copies' || code === 'near-duplicates';
  return `<li class="note${isMinor ? ' minor' : ''}">${t(template, ...values)}</li>`;
}
