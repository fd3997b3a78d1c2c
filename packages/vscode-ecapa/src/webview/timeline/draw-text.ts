/** So many widths are known at most: of labels and of their beginnings. */
const MOST_WIDTHS = 2000;

const widths = new Map<string, number>();

/** Measured once: what a canvas answers is an object that stays until a full garbage collection, which seldom comes. */
export function textWidth(context: CanvasRenderingContext2D, text: string): number {
  const key = `${context.font}/${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size === MOST_WIDTHS) widths.clear();
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

/** A label between two edges, shortened to fit, or not at all where there is no room. */
export function writeText(
  context: CanvasRenderingContext2D,
  label: string,
  left: number,
  right: number,
  middle: number,
  ink: string,
): void {
  const room = right - left - 10;
  if (room < 14) return;
  context.fillStyle = ink;
  let text = label;
  while (text.length > 1 && textWidth(context, text) > room)
    text = `${text.slice(0, text.endsWith('…') ? -2 : -1)}…`;
  if (text.length > 2 || text === label) context.fillText(text, left + 5, middle + 0.5);
}
