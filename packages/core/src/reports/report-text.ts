import { fillIn } from '../fill-in.js';

/** Gives a text in the reader's language; `{0}`, `{1}`, … in it stand for the values. */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** How a report is worded. */
export interface ReportLanguage {
  /** BCP 47, for numbers and screen readers. Default `en`. */
  readonly language?: string;
  /** Default: English, as the texts are. */
  readonly translate?: Translate;
}

/** Texts and numbers of a report in one language, made safe inside HTML. */
export class ReportText {
  readonly language: string;
  readonly #translate: Translate;
  readonly #percent: Intl.NumberFormat;
  readonly #decimals: Intl.NumberFormat;

  constructor({ language = 'en', translate = fillIn }: ReportLanguage = {}) {
    this.language = language;
    this.#translate = translate;
    this.#percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
    this.#decimals = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  }

  /** A text with its values, as HTML. */
  readonly t: Translate = (text, ...values) => escapeHtml(this.#translate(text, ...values));

  /** 86.7 %; a dash for what is undefined. */
  percent(share: number | null): string {
    return share === null || Number.isNaN(share) ? '–' : escapeHtml(this.#percent.format(share));
  }

  /** At most three decimals. */
  number(value: number): string {
    return escapeHtml(this.#decimals.format(value));
  }
}

/** Text made safe inside HTML, attribute values included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
