import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '../../types.js';
import { oneLine, type TimelineReport } from './report.js';

/** inaSpeechSegmenter counts in analysis steps of 20 ms. */
const STEPS_PER_SECOND = 50;

/**
 * What inaSpeechSegmenter writes (engine `smn`, no gender): tabs, header `labels start stop`, seconds as
 * Python prints floats, in steps of 0.02. Its labels are speech, music, noise and noEnergy: silence and
 * what could not be decoded become `noEnergy`, `unknown` becomes `noise`, its class for whatever is neither speech nor
 * music. Neighbours that get the same label become one.
 */
export function timelineToIna({ segments }: TimelineReport): string {
  const rows: { label: string; start: number; stop: number }[] = [];
  for (const segment of segments) {
    const label = inaLabel(segment.label);
    const start = Math.round(segment.startSeconds * STEPS_PER_SECOND);
    const stop = Math.round(segment.endSeconds * STEPS_PER_SECOND);
    const last = rows.at(-1);
    if (last !== undefined && last.label === label && last.stop === start) last.stop = stop;
    else if (stop > start) rows.push({ label, start, stop });
  }
  const lines = rows.map(({ label, start, stop }) =>
    [label, pythonFloat(start), pythonFloat(stop)].join('\t'),
  );
  return `${['labels\tstart\tstop', ...lines].join('\n')}\n`;
}

function inaLabel(label: string): string {
  if (label === SILENCE_LABEL || label === GAP_LABEL) return 'noEnergy';
  if (label === UNKNOWN_LABEL) return 'noise';
  return oneLine(label);
}

/** `repr(float)`: whole numbers keep their ".0". */
function pythonFloat(steps: number): string {
  const seconds = steps / STEPS_PER_SECOND;
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}
