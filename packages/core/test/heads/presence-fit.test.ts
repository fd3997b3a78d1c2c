import assert from 'node:assert/strict';
import { scorePresence } from '../../src/heads/evaluate/presence-scores.js';
import { predictPresence, presentLabels } from '../../src/heads/presence.js';
import { type EmbeddedMixture, planMixtures } from '../../src/heads/train/mixtures.js';
import { fitPresence } from '../../src/heads/train/presence-fit.js';
import { teachHead } from '../../src/heads/train/teach.js';
import { normalNoise } from './noise.js';

const DIMENSION = 24;

/**
 * Embeddings as sums: each class has a direction, each clip its own noise, each part counts by its level. `shared` makes
 * the directions of the first two classes all but opposite ends of one line, as states of one machine are.
 */
function world(clipsPerClass: number, classes: readonly string[], states = false) {
  const noise = normalNoise(7);
  const vector = (scale: number): Float64Array =>
    Float64Array.from({ length: DIMENSION }, () => scale * noise());
  const directions = classes.map(() => vector(1));
  if (states) directions[1] = (directions[0] ?? vector(1)).map((x) => -x);
  const labels = classes.flatMap((label) => new Array<string>(clipsPerClass).fill(label));
  const clips = labels.map((label) => {
    const own = vector(0.5);
    return (directions[classes.indexOf(label)] ?? own).map((x, j) => x + (own[j] ?? 0));
  });
  const embed = (mixture: ReturnType<typeof planMixtures>[number]): EmbeddedMixture => {
    const embedding = new Float32Array(DIMENSION);
    for (const { clip, levelDb } of mixture.parts) {
      for (let j = 0; j < DIMENSION; j++) {
        embedding[j] = (embedding[j] ?? 0) + 10 ** (levelDb / 40) * (clips[clip]?.[j] ?? 0);
      }
    }
    // Of states, a mixture is one or the other: the louder.
    if (states) embedding.set(clips[mixture.parts[0]?.clip ?? 0] ?? []);
    for (let j = 0; j < DIMENSION; j++) embedding[j] = (embedding[j] ?? 0) + 0.2 * noise();
    return { ...mixture, embedding };
  };
  return { labels, groups: labels.map((_, i) => i), clips, mixtures: planMixtures(labels).map(embed), embed };
}

describe('fitPresence', () => {
  it('hears what is in a mixture, and reports how well', async () => {
    const classes = ['a', 'b', 'c'];
    const { labels, groups, mixtures, embed } = world(5, classes);
    const { presence, report } = await fitPresence(classes, labels, groups, mixtures);
    assert.deepEqual([presence.inputNorm, presence.exclusive, report.folds], ['l2', [], 5]);
    const { scores } = report;
    assert.ok(scores !== undefined);
    assert.equal(scores.mixtures, 240);
    assert.ok(scores.macroF1 > 0.8 && scores.macroF1 < 1, String(scores.macroF1));
    assert.ok(scores.macroF1Low < scores.macroF1 && scores.macroF1 <= scores.macroF1High);
    // Of mixtures it was fitted to it knows more than of those it had not heard.
    const seen = scorePresence(
      classes,
      mixtures.map(({ parts, embedding }) => ({
        sounds: parts.map(({ clip, levelDb }) => ({ clip, levelDb, label: labels[clip] ?? '' })),
        presence: [...predictPresence(presence, embedding)],
      })),
    );
    assert.ok(seen.macroF1 >= scores.macroF1);
    const pair = embed({
      parts: [
        { clip: 0, start: 0, levelDb: 0 },
        { clip: 7, start: 0, levelDb: -3 },
      ],
      seconds: 2,
    });
    const present = presentLabels({ labels: classes, presence }, predictPresence(presence, pair.embedding));
    assert.deepEqual(present.toSorted(), ['a', 'b']);
  });

  it('gives the same readout again', async () => {
    const { labels, groups, mixtures } = world(3, ['a', 'b']);
    const [one, two] = await Promise.all([1, 2].map(() => fitPresence(['a', 'b'], labels, groups, mixtures)));
    assert.deepEqual(one, two);
  });

  it('finds classes that exclude one another, and takes it when given', async () => {
    const { labels, groups, mixtures } = world(6, ['idle', 'running'], true);
    const found = await fitPresence(['idle', 'running'], labels, groups, mixtures, { exclusive: 'auto' });
    assert.deepEqual(found.presence.exclusive, [['idle', 'running']]);
    assert.equal(found.report.choseExclusive, 'found');
    assert.ok((found.report.scores?.macroF1 ?? 0) > 0.9, 'they are separated once they are not mixed');
    const none = await fitPresence(['idle', 'running'], labels, groups, mixtures);
    assert.deepEqual(none.report.inseparable, [['idle', 'running']]);
    assert.deepEqual([none.presence.exclusive, none.report.choseExclusive], [[], 'given']);
  });

  it('has no score where nothing can be left out', async () => {
    const { labels, groups, mixtures } = world(1, ['a', 'b', 'c']);
    const { presence, report } = await fitPresence(['a', 'b', 'c'], labels, groups, mixtures);
    assert.equal(report.scores, undefined);
    assert.equal(presence.temperature, 1);
    assert.ok(presence.weights.every(Number.isFinite));
  });

  it('stops when it is cancelled', async () => {
    const { labels, groups, mixtures } = world(5, ['a', 'b', 'c']);
    const cancelled = fitPresence(['a', 'b', 'c'], labels, groups, mixtures, { signal: AbortSignal.abort() });
    await assert.rejects(cancelled, { code: 'CANCELLED' });
  });
});

describe('teachHead with mixtures', () => {
  it('adds presence and leaves the verdict alone', async () => {
    const { labels, clips, mixtures } = world(4, ['a', 'b', 'c']);
    const listed = labels.map((label, i) => ({
      path: `${i}.wav`,
      label,
      sha256: String(i),
      embedding: Float32Array.from(clips[i] ?? []),
      excerpt: new Int16Array(4),
    }));
    const options = { id: 'h', modelId: 'm' };
    const plain = await teachHead(listed, options);
    const { head, report } = await teachHead(listed, { ...options, mixtures });
    assert.deepEqual([head.weights, head.temperature], [plain.head.weights, plain.head.temperature]);
    assert.equal(head.presence?.weights.length, 3 * DIMENSION);
    assert.equal(report.presence?.folds, 4);
    assert.equal(plain.report.presence, undefined);
    assert.doesNotMatch(JSON.stringify(head.provenance), /excerpt/);
  });
});
