// Text from file names, labels, heads and messages, made safe for each kind of place where VS Code shows it. Pure.

/** Keeps two characters apart that mean something together; it is not visible. */
const WORD_JOINER = '\u2060';
/** They would let a name reorder, or break, the text around it. */
const LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+/g;
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** For trees, tabs, tooltips that are strings, titles and placeholders, which show text as it is: one line. */
export function plainText(text: string): string {
  return text.replace(LINE_BREAKS, ' ').replace(CONTROLS, '\ufffd');
}

/** For notifications, progress and input prompts, where `[text](command:…)` would become a link. */
export function notificationText(text: string): string {
  return plainText(text).replaceAll('](', `]${WORD_JOINER}(`);
}

/** For quick picks and the status bar, where `$(name)` would become an icon. */
export function iconText(text: string): string {
  return plainText(text).replaceAll('$(', `$${WORD_JOINER}(`);
}

/** For `MarkdownString`, without theme icons: every character that Markdown or HTML could act on is escaped. */
export function markdownText(text: string): string {
  return plainText(text)
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
    .replace(/^ +| {2,}/g, (blanks) => '\u00a0'.repeat(blanks.length));
}
