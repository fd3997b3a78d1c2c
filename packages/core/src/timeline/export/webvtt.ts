import { escapeText } from '../../escape.js';
import { chordsOf, layersOf } from './layers.js';
import { oneLine, type TimelineReport } from './report.js';

/**
 * WebVTT (W3C): one cue for each stretch, `speech 97 %, music 81 %`, to be shown by any player over the recording. Cues
 * follow one another, since players show overlapping ones in no order of their own. Stretches that
 * would round to no duration at a millisecond are left out, since a cue must end after it starts.
 */
export function timelineToWebVtt(report: TimelineReport): string {
  const cues = chordsOf(layersOf(report))
    .map(({ startSeconds, endSeconds, heard }) => ({
      start: Math.round(startSeconds * 1000),
      end: Math.round(endSeconds * 1000),
      text: heard
        .map(({ label, probability }) => `${escapeText(oneLine(label))} ${Math.round(probability * 100)} %`)
        .join(', '),
    }))
    .filter(({ start, end }) => end > start)
    .map(
      ({ start, end, text }, index) => `${index + 1}\n${timestamp(start)} --> ${timestamp(end)}\n${text}\n`,
    );
  return ['WEBVTT\n', ...cues].join('\n');
}

function timestamp(milliseconds: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = Math.floor(milliseconds / 1000) % 60;
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(milliseconds % 1000, 3)}`;
}
