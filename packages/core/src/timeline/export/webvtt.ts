import { escapeText } from '../../escape.js';
import { type Chord, chordsOf, layersOf } from './layers.js';
import { oneLine, type TimelineReport } from './report.js';

/**
 * WebVTT (W3C): one cue for each stretch, `speech 97 %, music 81 %`, to be shown by any player over the recording. Cues
 * follow one another, since players show overlapping ones in no order of their own. Stretches that
 * would round to no duration at a millisecond are left out, since a cue must end after it starts.
 */
export function timelineToWebVtt(report: TimelineReport): string {
  const cues = chordsOf(layersOf(report))
    .map(cueOf)
    .filter((cue) => cue !== undefined);
  return ['WEBVTT\n', ...cues.map((cue, index) => `${index + 1}\n${cue}`)].join('\n');
}

/** A cue without its number; undefined where it would have no duration. */
export function cueOf({ startSeconds, endSeconds, heard }: Chord): string | undefined {
  const start = Math.round(startSeconds * 1000);
  const end = Math.round(endSeconds * 1000);
  if (end <= start) return undefined;
  const text = heard
    .map(({ label, probability }) => `${escapeText(oneLine(label))} ${Math.round(probability * 100)} %`)
    .join(', ');
  return `${timestamp(start)} --> ${timestamp(end)}\n${text}\n`;
}

function timestamp(milliseconds: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = Math.floor(milliseconds / 1000) % 60;
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(milliseconds % 1000, 3)}`;
}
