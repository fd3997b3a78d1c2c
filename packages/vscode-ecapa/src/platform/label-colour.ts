import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '@ecapa/core/page';

/** Labels with a colour of their own; the theme colours `ecapa.speech` etc. are defined in package.json. */
const OWN_COLOURS: ReadonlySet<string> = new Set([
  'speech',
  'music',
  'noise',
  SILENCE_LABEL,
  UNKNOWN_LABEL,
  GAP_LABEL,
]);
const OTHER_COLOURS = 4;

/**
 * Id of the theme colour of a label. Labels that people made up take turns with four colours, in the order of
 * the head's labels, so that a class looks the same in the tree, the Explorer and the timeline.
 */
export function labelColourId(label: string, headLabels: readonly string[]): string {
  if (OWN_COLOURS.has(label)) return `ecapa.${label}`;
  const others = headLabels.filter((name) => !OWN_COLOURS.has(name));
  const index = Math.max(0, others.indexOf(label));
  return `ecapa.other${(index % OTHER_COLOURS) + 1}`;
}
