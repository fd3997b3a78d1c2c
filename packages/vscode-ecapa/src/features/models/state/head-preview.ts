/** What a list of heads shows of one. */
export interface HeadPreview {
  readonly id: string;
  readonly modelId: string;
  readonly labels: readonly string[];
}

/** Enough of a head file to hold what a preview needs; the numbers and the clips come after it. */
export const PREVIEW_BYTES = 64 * 1024;

/**
 * What can be read from the beginning of a head file, or undefined when it does not begin as one. Meant for lists:
 * the file is not checked, and no more than its beginning has to be read.
 */
export function readHeadPreview(text: string): HeadPreview | undefined {
  if (!/"format"\s*:\s*"ecapa-head"/.test(text)) return undefined;
  const id = field(text, 'id', /"(?:[^"\\]|\\.)*"/);
  const modelId = field(text, 'modelId', /"(?:[^"\\]|\\.)*"/);
  const labels = field(text, 'labels', /\[(?:\s*"(?:[^"\\]|\\.)*"\s*,?)*\s*\]/);
  if (typeof id !== 'string' || typeof modelId !== 'string' || !Array.isArray(labels)) return undefined;
  return { id, modelId, labels: labels.filter((label) => typeof label === 'string') };
}

function field(text: string, name: string, value: RegExp): unknown {
  const found = new RegExp(`"${name}"\\s*:\\s*(${value.source})`).exec(text)?.[1];
  try {
    return found === undefined ? undefined : JSON.parse(found);
  } catch {
    return undefined;
  }
}
