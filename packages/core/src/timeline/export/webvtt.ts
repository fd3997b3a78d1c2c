import { oneLine, type TimelineReport } from './report.js';

/**
 * WebVTT (W3C): one cue a segment, `label 97 %`, to be shown by any player over the recording. Segments that
 * would round to no duration at a millisecond are left out, since a cue must end after it starts.
 */
export function timelineToWebVtt({ segments }: TimelineReport): string {
  const cues = segments
    .map(({ startSeconds, endSeconds, label, probability }) => ({
      start: Math.round(startSeconds * 1000),
      end: Math.round(endSeconds * 1000),
      text: `${escaped(oneLine(label))} ${Math.round(probability * 100)} %`,
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

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
