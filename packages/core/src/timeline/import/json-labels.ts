import type { EcapaError } from '../../errors.js';
import type { LabelledSpan, ParsedLabels } from './parse-labels.js';

/** This project's JSON (`segments`) and its labels beside the audio, or JSON Lines. */
export function parseJsonLabels(text: string, invalid: (reason: string) => EcapaError): ParsedLabels {
  const whole = parsed(text);
  if (whole !== undefined) {
    const { segments, labels } = Object(whole) as Record<string, unknown>;
    const list = Array.isArray(segments) ? segments : Array.isArray(labels) ? labels : undefined;
    if (list !== undefined) return { format: 'json', labels: list.map((one) => spanOf(one, invalid)) };
    if (!('startSeconds' in Object(whole) || 'start' in Object(whole)))
      throw invalid('this JSON holds neither segments nor labels.');
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return { format: 'jsonl', labels: lines.map((line) => spanOf(parsed(line), invalid)) };
}

function spanOf(value: unknown, invalid: (reason: string) => EcapaError): LabelledSpan {
  const span = labelledSpan(value);
  if (span === undefined) throw invalid('a segment lacks a start, an end or a label.');
  return span;
}

/** A span with its label as this project's JSON has it, whose version 1 called the times `start` and `end`; undefined for anything else. */
export function labelledSpan(value: unknown): LabelledSpan | undefined {
  const {
    start,
    end,
    startSeconds = start,
    endSeconds = end,
    label,
  } = Object(value) as Record<string, unknown>;
  if (typeof startSeconds !== 'number' || typeof endSeconds !== 'number' || typeof label !== 'string')
    return undefined;
  return { startSeconds, endSeconds, label: label.trim() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
