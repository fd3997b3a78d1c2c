import type { PresenceReport } from '../heads/train/presence-fit.js';
import { escapeHtml, type ReportText } from './report-text.js';
import { card, proportionCard } from './scores-sections.js';

/** How well presence is detected on mixtures, as a section of a report; empty when it was not scored. */
export function presenceSection({ scores, exclusive }: PresenceReport, text: ReportText): string {
  const { t } = text;
  const excluded = exclusive.map(
    ([first, second]) =>
      `<li class="note">${t('“{0}” and “{1}” are never present at once.', first, second)}</li>`,
  );
  const notes = excluded.length === 0 ? '' : `<ul class="notes">${excluded.join('')}</ul>`;
  if (scores === undefined) return notes;
  const interval = t(
    '95 % interval {0} to {1}',
    text.percent(scores.macroF1Low),
    text.percent(scores.macroF1High),
  );
  const cards = [
    card(t('Macro F1'), text.percent(scores.macroF1), interval),
    card(t('Mean average precision'), text.percent(scores.meanAveragePrecision)),
    proportionCard(t('One sound heard as that alone'), scores.aloneHeardAlone, text),
    ...scores.quieterHeard
      .filter(({ heard }) => heard.total > 0)
      .map(({ fromDb, toDb, heard }) =>
        proportionCard(t('Quieter sound heard, {0} to {1} dB under', fromDb, toDb), heard, text),
      ),
  ];
  const head = ['Class', 'Mixtures', 'Precision', 'Recall', 'F1'].map(
    (name) => `<th scope="col">${t(name)}</th>`,
  );
  const rows = scores.classes.map(({ label, present, precision, recall, f1 }) => {
    const shares = [precision, recall, f1].map((share) => `<td>${text.percent(share)}</td>`);
    return `<tr><th scope="row">${escapeHtml(label)}</th><td>${present}</td>${shares.join('')}</tr>`;
  });
  const caption = t('On {0} mixtures of clips that the head had not heard.', scores.mixtures);
  return `<h2>${t('What can be heard at once')}</h2>${notes}<dl class="cards">${cards.join('\n')}</dl><div class="scroll"><table><caption>${caption}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
