import { GAP_LABEL, SILENCE_LABEL } from '../../types.js';
import { type Layer, layersOf } from './layers.js';
import { oneLine, type TimelineReport } from './report.js';

/**
 * Rich Transcription Time Marked (NIST, RT-09 evaluation plan, appendix A): ten fields a line, type file channel start
 * duration orthography subtype name confidence lookahead. Segments are `SPEAKER` objects whose name is the label, as
 * diarisation tools read them, with the mean probability as confidence, overlapping where several can be heard; what could
 * not be decoded is `NOSCORE`; silence is left out.
 */
export function timelineToRttm(report: TimelineReport): string {
  return layersOf(report)
    .map((layer) => rttmLine(layer, report.file))
    .join('');
}

/** A layer's line; none for silence. */
export function rttmLine({ label, startSeconds, endSeconds, probability }: Layer, file: string): string {
  if (label === SILENCE_LABEL) return '';
  const id = token(
    file
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[^.]*$/, '') ?? file,
  );
  const start = startSeconds.toFixed(3);
  const duration = (Number(endSeconds.toFixed(3)) - Number(start)).toFixed(3);
  return label === GAP_LABEL
    ? `NOSCORE ${id} 1 ${start} ${duration} <NA> <NA> <NA> <NA> <NA>\n`
    : `SPEAKER ${id} 1 ${start} ${duration} <NA> <NA> ${token(label)} ${probability.toFixed(4)} <NA>\n`;
}

/** Fields are separated by blanks, so that none may hold one. */
function token(text: string): string {
  return oneLine(text).replace(/\s+/g, '_') || '<NA>';
}
