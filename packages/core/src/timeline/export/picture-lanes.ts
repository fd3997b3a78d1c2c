import { oneLine, type TimelineReport } from './report.js';

const LANE_HEIGHT = 18;
const LANE_GAP = 4;

export interface LanesPlace {
  readonly top: number;
  /** Left edge and width of the plot; names stand to the left of it. */
  readonly left: number;
  readonly width: number;
}

/** Height of the lanes, with the gap under them; 0 without tracks. */
export function lanesHeight({ tracks, labels }: TimelineReport): number {
  return tracks === undefined ? 0 : labels.length * (LANE_HEIGHT + LANE_GAP) + 2 * LANE_GAP;
}

/** A lane for each of the head's labels: where it can be heard, below others too. SVG elements, texts escaped. */
export function lanes(
  { tracks, labels }: TimelineReport,
  place: LanesPlace,
  x: (seconds: number) => number,
  look: {
    readonly colourOf: (label: string) => string;
    readonly escaped: (text: string) => string;
    readonly timeText: (seconds: number) => string;
    readonly t: (text: string, ...values: (string | number)[]) => string;
  },
): string[] {
  if (tracks === undefined) return [];
  return labels.flatMap((label, k) => {
    const top = place.top + k * (LANE_HEIGHT + LANE_GAP);
    const name = oneLine(label);
    // A long name is cut by the picture's edge; its lane's title has it whole.
    const rows = (tracks[label] ?? []).map(({ startSeconds, endSeconds, probability }) => {
      const left = x(startSeconds);
      const width = Math.max(0.3, x(endSeconds) - left);
      const sure = `${Math.round(100 * probability)} %`;
      const title = look.t(
        '{0} to {1}: {2} {3}',
        look.timeText(startSeconds),
        look.timeText(endSeconds),
        name,
        sure,
      );
      return `<rect x="${left.toFixed(2)}" y="${top}" width="${width.toFixed(2)}" height="${LANE_HEIGHT}" fill="${look.colourOf(label)}"><title>${look.escaped(title)}</title></rect>`;
    });
    return [
      `<g role="list" aria-label="${look.escaped(look.t('Where {0} can be heard', name))}">`,
      `<rect x="${place.left}" y="${top}" width="${place.width}" height="${LANE_HEIGHT}" fill="#f2f2f2"/>`,
      `<text x="${place.left - 6}" y="${top + 13}" text-anchor="end" font-size="11">${look.escaped(name)}</text>`,
      ...rows,
      '</g>',
    ];
  });
}
