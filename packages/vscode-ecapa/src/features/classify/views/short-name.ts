// VS Code cuts rows of a tree at their end, and tells nobody how wide they are. So a name gives way before that. Pure.

/** What fits into a row of a side bar of 300 pixels, which is VS Code's own width, in characters of average width. */
const ROW = 25;
/** A name is not cut shorter than this for what stands behind it. */
const SHORTEST = 7.4;
/** Between the two. */
const GAP = 0.8;
/** The size of what stands behind a name, beside the name's. */
const SMALLER = 0.9;
/** This much of a cut name is its end, where takes are numbered. */
const KEPT_AT_END = 0.4;

const graphemes = new Intl.Segmenter();

/** A file's name where it does not push `behind` out of the row; else without its extension, and with a gap in its middle. */
export function shortName(name: string, behind: string): string {
  const room = Math.max(SHORTEST, ROW - GAP - SMALLER * widthOf(behind));
  if (behind === '' || widthOf(name) <= room) return name;
  const stem = name.replace(/(?<=.)\.[^.]+$/, '');
  const left = room - widthOf('…');
  if (widthOf(stem) <= left) return `${stem}…`;
  const parts = [...graphemes.segment(stem)].map(({ segment }) => segment);
  const end = within(parts.toReversed(), KEPT_AT_END * left);
  const start = within(parts, left - widthOf(end.join('')));
  return `${start.join('').trimEnd()}…${end.toReversed().join('').trimStart()}`;
}

/** The first of these that have room. */
function within(parts: readonly string[], room: number): string[] {
  let width = 0;
  const tooMany = parts.findIndex((part) => {
    width += widthOf(part);
    return width > room;
  });
  return parts.slice(0, tooMany < 0 ? parts.length : tooMany);
}

/** About how wide a text is, by the usual fonts, in average characters. */
function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (
      /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
        segment,
      )
    )
      width += 1.9;
    else if (/^[fijltI .,:;'’|!()[\]/·-]$/.test(segment)) width += 0.55;
    else if (/^[mwMW%@_…<>]/.test(segment) || /^\p{Lu}/u.test(segment)) width += 1.3;
    else width += 1;
  }
  return width;
}
