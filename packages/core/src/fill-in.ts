/** Puts values in the place of `{0}`, `{1}`, … in a text. */
export function fillIn(text: string, ...values: (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (place, index) => String(values[Number(index)] ?? place));
}
