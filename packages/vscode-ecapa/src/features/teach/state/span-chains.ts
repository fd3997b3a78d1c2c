import type { ClipSpan } from './class-list.js';

/**
 * Stretches sorted into chains, in each of which they follow one another without touching: one pass over the
 * recording cuts a whole chain. There are as many chains as stretches that lie over one another at most.
 */
export function spanChains(spans: readonly ClipSpan[]): ClipSpan[][] {
  const chains: ClipSpan[][] = [];
  for (const span of spans.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    const chain = chains.find((one) => (one.at(-1)?.endSeconds ?? 0) < span.startSeconds);
    if (chain === undefined) chains.push([span]);
    else chain.push(span);
  }
  return chains;
}
