/// <reference lib="dom" />
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { PageToHost } from '../../src/features/timeline/messages.js';

// Runs in the page before its script, in the extension's place.

declare global {
  interface Window {
    given: { readonly state: unknown; readonly variables: Readonly<Record<string, string>> };
    /** What the page has posted. */
    posted: PageToHost[];
    /** Errors, and what the content security policy has stopped. */
    problems: string[];
    /** What the page has asked to be kept. */
    kept: unknown;
    /** Contrast of each visible text with what is behind it. */
    contrasts(): { text: string; contrast: number }[];
    showRecording(segments: readonly TimelineSegment[], labels: readonly string[], seconds: number): void;
  }
}

const { state, variables } = window.given;
window.posted = [];
window.problems = [];
window.addEventListener('error', ({ message }) => window.problems.push(message));
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  window.problems.push(`${violatedDirective}: ${blockedURI}`),
);
document.addEventListener('DOMContentLoaded', () => {
  for (const [name, value] of Object.entries(variables))
    document.documentElement.style.setProperty(name, value);
});
let kept = state;
let segments: readonly TimelineSegment[] = [];
const send = (data: unknown): boolean => window.dispatchEvent(new MessageEvent('message', { data }));
const loudness: Record<string, number> = {
  speech: 0.7,
  music: 0.85,
  noise: 0.3,
  unknown: 0.4,
  silence: 0.01,
  gap: 0,
};
const TILE = 4096;
const peaks = (level: number, tile: number): Int8Array => {
  const bin = 0.0025 * 16 ** level;
  const end = segments[segments.length - 1]?.endSeconds ?? 0;
  const count = Math.max(0, Math.min(TILE, Math.ceil(end / bin) - tile * TILE));
  const pairs = new Int8Array(2 * count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const index = tile * TILE + i;
    while ((segments[at]?.endSeconds ?? Number.POSITIVE_INFINITY) <= index * bin) at++;
    const label = segments[at]?.label ?? 'gap';
    const wobble = Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;
    const syllable = label === 'speech' ? 0.35 + 0.65 * Math.abs(Math.sin(index * bin * 9)) : 0.75;
    const peak = 127 * (loudness[label] ?? 0) * syllable * (0.55 + 0.45 * wobble);
    pairs[2 * i] = -peak;
    pairs[2 * i + 1] = peak * 0.93;
  }
  return pairs;
};
Object.assign(window, {
  acquireVsCodeApi: () => ({
    postMessage: (message: PageToHost) => {
      window.posted.push(message);
      if (message.type === 'spectrum') {
        const { scale, level, tile } = message;
        const seconds = 0.02 * 8 ** level;
        const end = segments[segments.length - 1]?.endSeconds ?? 0;
        const frames = Math.max(0, Math.min(512, Math.ceil(end / seconds) - tile * 512));
        const bands = Uint8Array.from({ length: frames * 80 }, (_, i) => {
          const at = (tile * 512 + Math.floor(i / 80)) * seconds;
          const ridge = 20 + 15 * Math.sin(at) - (i % 80);
          return 60 + 150 * Math.exp((-ridge * ridge) / 40);
        });
        setTimeout(() => send({ type: 'spectrum', scale, level, tile, bands }));
      }
      if (message.type === 'peaks') {
        const { level, tile } = message;
        setTimeout(() => send({ type: 'peaks', level, tile, pairs: peaks(level, tile) }));
      }
    },
    getState: () => kept ?? undefined,
    setState: (value: unknown) => {
      kept = value;
      Object.assign(window, { kept });
    },
  }),
  showRecording: (all: readonly TimelineSegment[], labels: readonly string[], seconds: number) => {
    segments = all;
    const count = Math.floor((seconds - 1) / 0.5);
    const centresSeconds = new Float32Array(count);
    const probabilities = new Float32Array(count * labels.length);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const centre = 0.75 + 0.5 * i;
      centresSeconds[i] = centre;
      while ((all[at]?.endSeconds ?? Number.POSITIVE_INFINITY) <= centre) at++;
      const means = all[at]?.probabilities ?? {};
      for (const [k, label] of labels.entries()) {
        const wobble = 0.08 * Math.sin(i * 0.9 + 2 * k);
        probabilities[i * labels.length + k] = Math.min(1, Math.max(0, (means[label] ?? 0.33) + wobble));
      }
    }
    send({ type: 'duration', seconds });
    send({ type: 'segments', from: 0, remove: 0, segments: all });
    send({ type: 'windows', from: 0, centresSeconds, probabilities });
    send({ type: 'peaksReady', seconds, isComplete: true });
    send({ type: 'status', status: { state: 'done', modelId: 'm', headId: 'h', isPartial: false } });
  },
});

window.contrasts = contrastsOfTexts;

/** Contrast (WCAG 2.2) of each visible text in the page with the nearest background below it. */
function contrastsOfTexts(): { text: string; contrast: number }[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (canvas === null) throw new Error('no canvas');
  const results: { text: string; contrast: number }[] = [];
  for (const element of document.querySelectorAll<HTMLElement>('button, span, h2, p, dd, legend')) {
    const text = [...element.childNodes].find(
      (node) => node.nodeType === 3 && node.textContent?.trim(),
    )?.textContent;
    if (!text || !element.checkVisibility() || element.closest('dialog, [aria-hidden=true], :disabled'))
      continue;
    canvas.clearRect(0, 0, 1, 1);
    const ancestors: HTMLElement[] = [];
    for (let at: HTMLElement | null = element; at !== null; at = at.parentElement) ancestors.unshift(at);
    const luminances: number[] = [];
    const measure = (): void => {
      const channels = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      luminances.push(
        0.2126 * (channels[0] ?? 0) + 0.7152 * (channels[1] ?? 0) + 0.0722 * (channels[2] ?? 0),
      );
    };
    for (const ancestor of ancestors) {
      canvas.fillStyle = getComputedStyle(ancestor).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
    }
    measure();
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    measure();
    const [dark, bright] = luminances.sort((a, b) => a - b);
    results.push({ text, contrast: ((bright ?? 0) + 0.05) / ((dark ?? 0) + 0.05) });
  }
  return results;
}
