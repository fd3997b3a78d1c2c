import { type PresenceTrack, tracksByLabel } from '../presence-tracks.js';
import type { TimelineSegment } from '../segments.js';
import type { TimelineBlocksEvent } from '../timeline.js';
import { audacityLine } from './audacity.js';
import { csvLine, headerRow, segmentRow, tsvLine, withPresence } from './csv.js';
import { segmentLine } from './json.js';
import { chordsOf, type Layer } from './layers.js';
import type { TimelineReport } from './report.js';
import { rttmLine } from './rttm.js';
import { cueOf } from './webvtt.js';

/** Formats that can be written while a recording is heard: what has been written never changes. */
export const LIVE_FORMATS = ['jsonl', 'csv', 'tsv', 'audacity', 'rttm', 'webvtt'] as const;
/** One of {@link LIVE_FORMATS}. */
export type LiveFormat = (typeof LIVE_FORMATS)[number];

/** True for the names of formats that can be written while a recording is heard. */
export function isLiveFormat(name: string | undefined): name is LiveFormat {
  return LIVE_FORMATS.some((format) => format === name);
}

/** What is known of a recording before it is heard. */
export interface LiveReport extends Pick<TimelineReport, 'file' | 'labels' | 'model' | 'head' | 'channel'> {
  /** True to write where each label can be heard; false for what it is mostly, the segments alone. */
  readonly hasTracks: boolean;
}

/** The events of a timeline that a format is made of. */
export type LiveEvent = Extract<TimelineBlocksEvent, { type: 'segment' | 'track' | 'progress' }>;

/** A format in the making: each call gives the text that is to be appended. */
export interface LiveWriter {
  /** What a format begins with. */
  begin(): string;
  add(event: LiveEvent): string;
  /** Nothing more comes. */
  end(): string;
}

/**
 * Writes a timeline while it is made. The rows are those of the same format of a whole recording; those that overlap come
 * in the order in which they end, since a row is written once it is final.
 */
export function createLiveWriter(format: LiveFormat, report: LiveReport): LiveWriter {
  if (format === 'jsonl' || !report.hasTracks) return segmentsWriter(format, report);
  return format === 'webvtt' ? cuesWriter(report) : layersWriter(format, report);
}

function headingOf(format: LiveFormat, report: LiveReport): string {
  if (format === 'webvtt') return 'WEBVTT\n';
  if (format === 'csv') return csvLine(headerRow(report));
  return format === 'tsv' ? tsvLine(headerRow(report)) : '';
}

function lineOf(format: LiveFormat, segment: TimelineSegment, report: LiveReport): string {
  switch (format) {
    case 'jsonl':
      return segmentLine(segment, report);
    case 'csv':
      return csvLine(segmentRow(segment, report));
    case 'tsv':
      return tsvLine(segmentRow(segment, report));
    case 'audacity':
      return audacityLine(segment);
    case 'rttm':
      return rttmLine(segment, report.file);
    case 'webvtt':
      return cueOf({ ...segment, heard: [segment] }) ?? '';
  }
}

/** Segments come one after the other, each when it is final. */
function segmentsWriter(format: LiveFormat, report: LiveReport): LiveWriter {
  let cues = 0;
  const line = (segment: TimelineSegment): string => {
    const text = lineOf(format, segment, report);
    return format === 'webvtt' && text !== '' ? `\n${++cues}\n${text}` : text;
  };
  return {
    begin: () => headingOf(format, report),
    add: (event) => (event.type === 'segment' ? line(event.segment) : ''),
    end: () => '',
  };
}

/** Stretches that have ended wait until all that can be heard in them is final too. */
function layersWriter(format: LiveFormat, report: LiveReport): LiveWriter {
  const heard = new HeardLayers(report.labels);
  let waiting: Layer[] = [];
  const takeUntil = (seconds: number): string => {
    const ready = waiting.filter(({ endSeconds }) => endSeconds <= seconds);
    if (ready.length === 0) return '';
    waiting = waiting.filter(({ endSeconds }) => endSeconds > seconds);
    ready.sort((a, b) => a.endSeconds - b.endSeconds || a.startSeconds - b.startSeconds);
    const tracks = tracksByLabel(report.labels, [...heard.ended, ...heard.growing]);
    const text = ready
      .map((layer) => lineOf(format, withPresence(layer, report.labels, tracks), report))
      .join('');
    heard.forgetBefore(
      Math.min(seconds, ...[...waiting, ...heard.growing].map((layer) => layer.startSeconds)),
    );
    return text;
  };
  return {
    begin: () => headingOf(format, report),
    add(event) {
      const ended = heard.add(event);
      if (ended !== undefined) waiting.push(ended);
      return event.type === 'progress' ? takeUntil(event.finalSeconds) : '';
    },
    end() {
      heard.growing = [];
      return takeUntil(Number.POSITIVE_INFINITY);
    },
  };
}

/**
 * Cues do not overlap: each is a stretch between two changes of what can be heard. The probability of what goes on
 * beyond a cue is the mean so far.
 */
function cuesWriter(report: LiveReport): LiveWriter {
  const heard = new HeardLayers(report.labels);
  let cues = 0;
  let writtenSeconds = Number.NEGATIVE_INFINITY;
  const takeUntil = (seconds: number): string => {
    // What grows ends at some time that is not known: after all that is final.
    const growing = heard.growing.map((layer) => ({ ...layer, endSeconds: Number.POSITIVE_INFINITY }));
    const rest = [...heard.ended, ...growing].map((layer) => ({
      ...layer,
      startSeconds: Math.max(layer.startSeconds, writtenSeconds),
    }));
    let text = '';
    for (const chord of chordsOf(inOrder(rest, report))) {
      if (chord.endSeconds > seconds) break;
      const cue = cueOf(chord);
      if (cue !== undefined) text += `\n${++cues}\n${cue}`;
      writtenSeconds = chord.endSeconds;
    }
    heard.forgetBefore(writtenSeconds);
    return text;
  };
  return {
    begin: () => headingOf('webvtt', report),
    add(event) {
      heard.add(event);
      return event.type === 'progress' ? takeUntil(event.finalSeconds) : '';
    },
    end() {
      heard.growing = [];
      return takeUntil(Number.POSITIVE_INFINITY);
    },
  };
}

function inOrder(layers: readonly Layer[], { labels }: LiveReport): Layer[] {
  const order = (label: string): number => (labels.includes(label) ? labels.indexOf(label) : labels.length);
  return [...layers].sort((a, b) => a.startSeconds - b.startSeconds || order(a.label) - order(b.label));
}

/** What can be heard: the tracks, and the segments of labels that have none. */
class HeardLayers {
  /** As far as they are final; none once nothing more comes. */
  growing: readonly PresenceTrack[] = [];
  ended: readonly PresenceTrack[] = [];
  readonly #labels: readonly string[];

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  /** Takes an event in; the layer that it ends, if it ends one. */
  add(event: LiveEvent): Layer | undefined {
    if (event.type === 'progress') {
      const { growing } = event;
      const isLayer = growing !== undefined && !this.#labels.includes(growing.label);
      this.growing = isLayer ? [...event.growingTracks, growing] : event.growingTracks;
      return undefined;
    }
    const layer = event.type === 'track' ? event.track : event.segment;
    if (event.type === 'segment' && this.#labels.includes(layer.label)) return undefined;
    this.ended = [...this.ended, layer];
    return layer;
  }

  forgetBefore(seconds: number): void {
    this.ended = this.ended.filter(({ endSeconds }) => endSeconds > seconds);
  }
}
