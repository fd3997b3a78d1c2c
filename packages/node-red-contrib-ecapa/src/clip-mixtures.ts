import type { Classifier } from '@ecapa/core';
import { type Clip, type EmbeddedMixture, embedMixtures, planMixtures } from '@ecapa/core/train';

/**
 * What presence is learnt from: mixtures of the clips whose sound is kept. None while a class has no such clip, as after
 * an update: then the head gives the verdict alone.
 */
export async function mixturesOf(
  clips: readonly Clip[],
  engine: Classifier,
  signal: AbortSignal,
): Promise<EmbeddedMixture[]> {
  const sounding = clips.flatMap(({ label, excerpt }, index) =>
    excerpt === undefined || excerpt.length === 0 ? [] : [{ label, excerpt, index }],
  );
  const labels = sounding.map(({ label }) => label);
  const isWhole = clips.every(({ label }) => labels.includes(label));
  if (!isWhole || new Set(labels).size < 2) return [];
  const excerpts = sounding.map(({ excerpt }) => excerpt);
  const mixtures = await embedMixtures(planMixtures(labels), excerpts, engine, { signal });
  return mixtures.map((mixture) => ({
    ...mixture,
    parts: mixture.parts.map((part) => ({ ...part, clip: sounding[part.clip]?.index ?? 0 })),
  }));
}
