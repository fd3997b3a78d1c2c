import type { Span } from '../types.js';

/**
 * Spans sorted into chains, in each of which they follow one another without touching: one pass over the
 * recording cuts a whole chain. There are as many chains as spans that lie over one another at most.
 */
export function spanChains<OneSpan extends Span>(spans: readonly OneSpan[]): OneSpan[][] {
  const chains: OneSpan[][] = [];
  for (const span of spans.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    const chain = chains.find((one) => (one.at(-1)?.endSeconds ?? 0) < span.startSeconds);
    if (chain === undefined) chains.push([span]);
    else chain.push(span);
  }
  return chains;
}
