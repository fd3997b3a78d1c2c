import assert from 'node:assert/strict';
import type { Clip } from '../../src/heads/clip.js';
import { splitGroups } from '../../src/heads/evaluate/cross-validate.js';
import { findTrivialCues } from '../../src/heads/evaluate/cues.js';
import { evaluateHead } from '../../src/heads/evaluate/evaluate.js';
import { explain } from '../../src/heads/explain.js';
import { parseHead, serializeHead } from '../../src/heads/file/head-file.js';
import { clipsFromProvenance } from '../../src/heads/file/provenance.js';
import { type TeachOptions, teachHead } from '../../src/heads/train/teach.js';
import { normalNoise } from './noise.js';

const DIMENSION = 24;

/** Clips around one centre per label, `spread` apart. */
function clipsOf(counts: Record<string, number>, { seed = 1, distance = 6 } = {}): Clip[] {
  const normal = normalNoise(seed);
  return Object.entries(counts).flatMap(([label, count], k) =>
    Array.from({ length: count }, (_, i) => ({
      path: `${label}/${i}.wav`,
      label,
      sha256: `${label}-${i}-${seed}`,
      embedding: Float32Array.from({ length: DIMENSION }, (_, j) => normal() + (j === k ? distance : 0)),
    })),
  );
}

const teach = (clips: readonly Clip[], options: Partial<TeachOptions> = {}) =>
  teachHead(clips, { id: 'test', modelId: 'm', ...options });

const codes = (report: { warnings: readonly { code: string }[] }) => report.warnings.map(({ code }) => code);

describe('teachHead', () => {
  it('learns five clips a class, tests by leaving one out, and reports wide intervals for few clips', async () => {
    const { head, report } = await teach(clipsOf({ cats: 5, dogs: 5, cows: 5 }));
    assert.deepEqual(head.labels, ['cats', 'cows', 'dogs']);
    assert.deepEqual(report.split, { method: 'leave-one-out', folds: 15 });
    assert.equal(report.scores?.accuracy.total, 15);
    assert.ok((report.scores?.accuracy.share ?? 0) > 0.9);
    assert.ok((report.scores?.accuracy.low ?? 1) < 0.85);
    assert.deepEqual(codes(report), []);
    assert.equal(report.choseC, 'default');
    const scores = evaluateHead(head, clipsOf({ cats: 50, dogs: 50, cows: 50 }, { seed: 9 }), 'm');
    assert.ok(scores.accuracy.share > 0.9, `${scores.accuracy.share}`);
  });

  it('is not fooled by clips that cannot be distinguished', async () => {
    let right = 0;
    let total = 0;
    for (const seed of [1, 2, 3, 4]) {
      const { report } = await teach(clipsOf({ a: 12, b: 12, c: 12 }, { seed, distance: 0 }));
      right += report.scores?.accuracy.count ?? 0;
      total += report.scores?.accuracy.total ?? 0;
      assert.equal(report.choseC, 'cross-validation');
    }
    assert.ok(right / total < 0.5, `${right} of ${total} guessed right`);
  });

  it('keeps copies and recordings of one group out of the test of each other', async () => {
    // Without structure, only a leak can give a good score: each clip comes three times, a little changed.
    const normal = normalNoise(4);
    const clips = clipsOf({ a: 6, b: 6 }, { distance: 0 }).flatMap((clip) =>
      [0, 1, 2].map((take) => ({
        ...clip,
        path: `${clip.path}#${take}`,
        sha256: `${clip.sha256}-${take}`,
        embedding: clip.embedding.map((x) => x + 0.2 * normal()),
      })),
    );
    const leaky = await teach(clips);
    const grouped = await teach(clips.map((clip) => ({ ...clip, group: clip.path.split('#')[0] ?? '' })));
    assert.ok((leaky.report.scores?.accuracy.share ?? 0) > 0.9);
    assert.ok((grouped.report.scores?.accuracy.share ?? 1) < 0.8);
    assert.equal(grouped.report.split.folds, 12);
    const nearly = await teach(
      clips.map((clip, i) => ({
        ...clip,
        embedding: (clips[i - (i % 3)] ?? clip).embedding.map((x) => x + 1e-4),
      })),
    );
    assert.equal(nearly.report.split.folds, 12);
    assert.ok(codes(nearly.report).includes('near-duplicates'));
  });

  it('leaves out exact copies and refuses them in two classes', async () => {
    const clips = clipsOf({ a: 5, b: 5 });
    const [first] = clips;
    assert.ok(first);
    const { head, report } = await teach([...clips, { ...first, path: 'a/copy.wav' }]);
    assert.deepEqual(report.copies, [{ path: 'a/copy.wav', of: 'a/0.wav' }]);
    assert.equal(clipsFromProvenance(head).length, 10);
    await assert.rejects(teach([...clips, { ...first, label: 'b', path: 'b/copy.wav' }]), {
      code: 'CLIP_IN_TWO_CLASSES',
      file: 'b/copy.wav',
      message: /a\/0\.wav/,
    });
  });

  it('finds the clip in the wrong folder', async () => {
    const clips = clipsOf({ a: 8, b: 8 }).map((clip) =>
      clip.path === 'a/3.wav' ? { ...clip, label: 'b' } : clip,
    );
    const { report } = await teach(clips);
    assert.equal(report.suspects[0]?.path, 'a/3.wav');
    assert.equal(report.suspects[0]?.looksLike, 'a');
    assert.deepEqual(
      report.heldOut.map(({ path }) => path),
      clips.map(({ path }) => path),
    );
    const wrong = report.heldOut.filter(({ label, verdict }) => verdict !== label);
    assert.deepEqual(
      wrong.map(({ path, label, verdict }) => [path, label, verdict]),
      [['a/3.wav', 'b', 'a']],
    );
    assert.ok((wrong[0]?.probability ?? 0) > 0.5);
  });

  it('admits that it cannot test', async () => {
    const single = await teach(clipsOf({ a: 1, b: 1 }));
    assert.equal(single.report.scores, undefined);
    assert.deepEqual(single.report.heldOut, []);
    assert.ok(codes(single.report).includes('not-tested'));
    assert.equal(single.head.temperature, 1);
    const mixed = await teach(clipsOf({ a: 6, b: 6, c: 1 }));
    assert.equal(mixed.report.scores?.accuracy.total, 12);
    assert.ok(codes(mixed.report).includes('class-not-tested'));
    const few = await teach(clipsOf({ a: 3, b: 3 }), { reject: 'distance' });
    assert.deepEqual(codes(few.report).filter((code) => code === 'too-few-clips').length, 3);
    await assert.rejects(teach([]), { code: 'TOO_FEW_CLIPS' });
    await assert.rejects(teach(clipsOf({ a: 1 })), { code: 'TOO_FEW_CLASSES' });
    await assert.rejects(teach(clipsOf({ a: 9 })), { code: 'TOO_FEW_CLASSES' });
  });

  it('learns to answer unknown when asked to', async () => {
    const clips = clipsOf({ a: 15, b: 15 });
    const distance = await teach(clips, { reject: 'distance' });
    assert.equal(distance.head.rejection?.rule, 'distance');
    const strange = clipsOf({ x: 20 }, { seed: 8 }).map(({ embedding }) =>
      embedding.map((v, j) => v + (j === 7 ? 15 : 0)),
    );
    const verdicts = strange.map(
      (values) => explain(distance.head, { values, modelId: 'm' }).prediction.label,
    );
    assert.ok(verdicts.every((label) => label === 'unknown'));
    const probability = await teach(clips, { reject: 'probability', keep: 0.8 });
    assert.equal(probability.head.rejection?.rule, 'probability');
    const missing = await teach(clipsOf({ a: 1, b: 1 }), { reject: 'distance' });
    assert.ok(codes(missing.report).includes('no-rejection'));
  });

  it('gives the same head each time, survives its file and explains from it', async () => {
    const clips = clipsOf({ a: 10, b: 10 });
    const { head } = await teach(clips, { reject: 'distance', modelSha256: 'ff' });
    const text = serializeHead(head);
    assert.equal(serializeHead((await teach(clips, { reject: 'distance', modelSha256: 'ff' })).head), text);
    const again = parseHead(text);
    const [third] = clips.slice(2);
    assert.ok(third);
    const { neighbours, nearestOfEach, prediction } = explain(
      again,
      { values: third.embedding, modelId: 'm' },
      3,
    );
    assert.equal(neighbours.length, 3);
    assert.equal(neighbours[0]?.path, 'a/2.wav');
    assert.ok(Math.abs((neighbours[0]?.similarity ?? 0) - 1) < 1e-12);
    assert.ok((neighbours[1]?.similarity ?? 1) >= (neighbours[2]?.similarity ?? 1));
    assert.deepEqual(
      nearestOfEach.map(({ label }) => label),
      ['a', 'b'],
    );
    assert.equal(prediction.label, 'a');
    const { provenance: _, ...bare } = again;
    assert.throws(() => explain(bare, { values: third.embedding, modelId: 'm' }), { code: 'HEAD_INVALID' });
    const damaged = {
      ...again,
      provenance: { clips: [{ path: 'x', label: 'a', sha256: 'y', embedding: 'AAAA' }] },
    };
    assert.throws(() => explain(damaged, { values: third.embedding, modelId: 'm' }), {
      message: /clips\[0\]/,
    });
  });
});

describe('splitGroups', () => {
  it('spreads many groups evenly over ten folds and never splits one', () => {
    const labels = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 'a' : 'b'));
    const groups = labels.map((label, i) => (label === 'a' ? 1000 + (i >> 2) : i));
    const { method, folds, foldOf } = splitGroups(labels, groups);
    assert.deepEqual([method, folds], ['k-fold', 10]);
    for (let fold = 0; fold < 10; fold++) {
      const inside = labels.filter((_, i) => foldOf[i] === fold);
      assert.ok(Math.abs(inside.length - 30) <= 2);
      assert.ok(Math.abs(inside.filter((label) => label === 'a').length - 10) <= 2);
    }
    const foldsOf = new Map<number, Set<number>>();
    groups.forEach((group, i) => {
      foldsOf.set(group, (foldsOf.get(group) ?? new Set()).add(foldOf[i] ?? -1));
    });
    assert.ok([...foldsOf.values()].every((set) => set.size === 1));
  });
});

describe('findTrivialCues', () => {
  const facts = (label: string, from: number, format = 'wav pcm_s16le') =>
    [0, 1, 2, 3, 4].map((i) => ({
      label,
      durationSeconds: from + i,
      loudnessDb: -20 - i,
      bandwidthHz: 7000,
      sampleRateHz: 16000,
      format,
    }));

  it('warns of what separates two classes without listening', () => {
    const cues = findTrivialCues([...facts('a', 1), ...facts('b', 20, 'mp3 mp3')]);
    assert.deepEqual(
      cues.map(({ cue, labels }) => [cue, labels.join()]),
      [
        ['length', 'a,b'],
        ['file format', 'a,b'],
      ],
    );
    assert.match(cues[0]?.difference ?? '', /a 3\.0 s, b 22\.0 s/);
  });

  it('does not warn of classes that overlap, of small differences and of too few clips', () => {
    assert.deepEqual(findTrivialCues([...facts('a', 1), ...facts('b', 2)]), []);
    const tiny = facts('b', 1).map((fact) => ({ ...fact, loudnessDb: -19.9 + fact.durationSeconds / 100 }));
    const level = facts('a', 1).map((fact) => ({ ...fact, loudnessDb: -20 }));
    assert.deepEqual(findTrivialCues([...level, ...tiny]), []);
    assert.deepEqual(findTrivialCues([...facts('a', 1).slice(1), ...facts('b', 20)]), []);
  });
});
