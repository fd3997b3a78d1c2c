import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../src/canonical-json.js';
import { isEcapaError } from '../../src/errors.js';
import { loadHead, parseHead, saveHead, serializeHead } from '../../src/heads/file/head-file.js';
import { predict } from '../../src/heads/predict.js';
import type { Head } from '../../src/types.js';

const head: Head = {
  id: 'birds',
  modelId: 'compact',
  dimension: 3,
  labels: ['crow', 'owl'],
  weights: Float64Array.from([0.1, -0, 1e-9, 1 / 3, 2, -5e21]),
  bias: Float64Array.from([0.5, -0.5]),
  inputNorm: 'l2',
  temperature: 1.25,
  rejection: {
    rule: 'distance',
    threshold: 12.5,
    centroids: Float64Array.from([1, 2, 3, 4, 5, 6]),
    inverseVariances: Float64Array.from([1, 0, 2]),
  },
  provenance: { clips: [{ path: 'crow/1.wav', label: 'crow' }], note: 'ü "quoted"' },
};

const withPresence: Head = {
  ...head,
  presence: {
    weights: Float64Array.from([1, 2, 3, -4, 0.5, 1e-7]),
    bias: Float64Array.from([0.25, -1]),
    inputNorm: 'max',
    temperature: 0.5,
    exclusive: [['crow', 'owl']],
  },
};

/** The head's file with some fields changed and the checksum left as it was. */
function changed(change: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(serializeHead(head)) as object), ...change });
}

/** The same, signed again: only the field's own check can refuse it. */
async function resigned(change: Record<string, unknown>): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { checksum: _, ...content } = JSON.parse(changed(change)) as Record<string, never>;
  const checksum = createHash('sha256').update(canonicalJson(content)).digest('hex');
  return JSON.stringify({ ...content, checksum: `sha256:${checksum}` });
}

function refusal(text: string): { code: string; message: string } {
  try {
    parseHead(text, 'birds.json');
  } catch (error) {
    assert.ok(isEcapaError(error), String(error));
    assert.match(error.message, /birds\.json/);
    return error;
  }
  throw new Error('accepted');
}

describe('head file', () => {
  it('gives back the same head, to the last bit', () => {
    const text = serializeHead(head);
    assert.deepEqual(parseHead(text), { ...head, weights: head.weights.map((w) => (w === 0 ? 0 : w)) });
    assert.equal(serializeHead(parseHead(text)), text);
  });

  it('does not depend on the order of keys or on spacing', () => {
    const document = JSON.parse(serializeHead(head)) as object;
    const shuffled = JSON.stringify(Object.fromEntries(Object.entries(document).reverse()), null, 7);
    assert.deepEqual(parseHead(shuffled), parseHead(serializeHead(head)));
  });

  it('is readable: one row of weights a line', () => {
    assert.match(serializeHead(head), /^ {4}\[0\.1, 0, 1e-9\],$/m);
  });

  it('notices any change', () => {
    assert.equal(refusal(changed({ temperature: 1.26 })).code, 'CHECKSUM_MISMATCH');
    assert.equal(refusal(changed({ labels: ['owl', 'crow'] })).code, 'CHECKSUM_MISMATCH');
    assert.equal(refusal(changed({ provenance: {} })).code, 'CHECKSUM_MISMATCH');
  });

  const invalid: [string, Record<string, unknown>][] = [
    ['format', { format: 'other' }],
    ['version', { version: 3 }],
    ['presence', { presence: {} }],
    ['id', { id: '' }],
    ['modelId', { modelId: 5 }],
    ['dimension', { dimension: 0 }],
    ['dimension', { dimension: 1.5 }],
    ['labels', { labels: ['one'] }],
    ['labels', { labels: ['one', 'one'] }],
    ['labels', { labels: ['one', 2] }],
    ['inputNorm', { inputNorm: 'l3' }],
    ['temperature', { temperature: 0 }],
    ['bias', { bias: [1] }],
    ['bias[1]', { bias: [1, null] }],
    ['weights', { weights: [[1, 2, 3]] }],
    ['weights[1]', { weights: [[1, 2, 3], [1]] }],
    [
      'weights[0][2]',
      {
        weights: [
          [1, 2, 'x'],
          [1, 2, 3],
        ],
      },
    ],
    ['rejection.rule', { rejection: { rule: 'magic' } }],
    ['rejection.threshold', { rejection: { rule: 'probability', threshold: 1.5 } }],
    ['rejection.centroids', { rejection: { rule: 'distance', threshold: 1, inverseVariances: [1, 1, 1] } }],
    ['provenance', { provenance: [] }],
    ['temprature', { temprature: 2 }],
  ];
  for (const [field, change] of invalid) {
    it(`names the field: ${field} in ${JSON.stringify(change)}`, async () => {
      const { code, message } = refusal(await resigned(change));
      assert.equal(code, 'HEAD_INVALID');
      assert.ok(message.includes(`"${field}"`), message);
    });
  }

  describe('with a presence readout', () => {
    it('is version 2 and comes back the same; without one it stays version 1', () => {
      const text = serializeHead(withPresence);
      assert.equal((JSON.parse(text) as { version: number }).version, 2);
      assert.equal((JSON.parse(serializeHead(head)) as { version: number }).version, 1);
      assert.deepEqual(parseHead(text).presence, withPresence.presence);
      assert.equal(serializeHead(parseHead(text)), text);
    });

    it('has it under the checksum', () => {
      const text = serializeHead(withPresence).replace('0.25', '0.26');
      assert.equal(refusal(text).code, 'CHECKSUM_MISMATCH');
    });

    it('names what is wrong in it', async () => {
      const { presence } = JSON.parse(serializeHead(withPresence)) as { presence: object };
      const cases: [string, Record<string, unknown>][] = [
        ['presence.weights', { weights: [[1, 2, 3]] }],
        ['presence.bias', { bias: [1] }],
        ['presence.temperature', { temperature: 0 }],
        ['presence.inputNorm', { inputNorm: 'l7' }],
        ['presence.exclusive[0]', { exclusive: [['crow', 'crow']] }],
        ['presence.exclusive[0]', { exclusive: [['crow', 'gull']] }],
        ['presence.exclusive', { exclusive: 'all' }],
        ['presence.threshold', { threshold: 0.5 }],
      ];
      for (const [field, change] of cases) {
        const { code, message } = refusal(
          await resigned({ version: 2, presence: { ...presence, ...change } }),
        );
        assert.equal(code, 'HEAD_INVALID');
        assert.ok(message.includes(`"${field}"`), message);
      }
    });
  });

  describe('written by version 0.1', () => {
    const kept = (name: string) => join(import.meta.dirname, '../../../../test/fixtures/heads', name);

    it('loads, has no presence, and gives the verdict it gave then', async () => {
      const old = await loadHead(kept('built-in-0.1.json'));
      const values = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));
      const { label, probability, probabilities, presence, present } = predict(old, {
        modelId: 'ecapa-compact',
        values,
      });
      assert.deepEqual([label, presence, present], ['noise', undefined, undefined]);
      assert.equal(probability, 0.538817923753679);
      assert.deepEqual([...probabilities], [0.4540868827515704, 0.538817923753679, 0.007095193494750659]);
    });

    it('keeps its rejection rule and its provenance', async () => {
      const old = await loadHead(kept('rejecting-0.1.json'));
      const values = Float32Array.from([0.6, -0.3, 0.2]);
      const { label, probability } = predict(old, { modelId: 'compact', values });
      assert.deepEqual([label, probability], ['unknown', 0.8084546512353263]);
      assert.equal(serializeHead(old), await readFile(kept('rejecting-0.1.json'), 'utf8'));
    });
  });

  it('refuses what is not a head file at all', () => {
    for (const text of ['', 'null', '[]', '5', '{}', 'RIFF....', '{"format":"ecapa-head","version":1}']) {
      assert.equal(refusal(text).code, 'HEAD_INVALID');
    }
    const deep = `{"a":${'['.repeat(50000)}${']'.repeat(50000)}}`;
    const document = JSON.stringify({ ...(JSON.parse(serializeHead(head)) as object), provenance: 0 });
    assert.equal(refusal(document.replace('"provenance":0', `"provenance":${deep}`)).code, 'HEAD_INVALID');
  });

  it('survives any single damaged byte with a typed error', () => {
    const bytes = Buffer.from(serializeHead(head));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      // White space may become other white space; nothing else may pass.
      if (/\s/.test(String.fromCharCode(bytes[at] ?? 0))) continue;
      assert.match(refusal(damaged.toString('utf8')).code, /^(HEAD_INVALID|CHECKSUM_MISMATCH)$/);
    }
  });

  it('refuses to write a head that is not sound', () => {
    const broken = { ...head, bias: Float64Array.from([Number.NaN, 1]) };
    assert.throws(() => serializeHead(broken), { code: 'HEAD_INVALID', message: /bias\[0\]/ });
    assert.throws(() => serializeHead({ ...head, weights: new Float64Array(5) }), { message: /weights/ });
  });

  describe('on disk', () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'ecapa-head-'));
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));

    it('is written whole and read back', async () => {
      const path = join(directory, 'birds.json');
      await saveHead(path, head);
      assert.deepEqual(await loadHead(path), parseHead(serializeHead(head)));
      await saveHead(path, { ...head, temperature: 3 });
      assert.equal((await loadHead(path)).temperature, 3);
      assert.deepEqual(await readdir(directory), ['birds.json']);
    });

    it('leaves the old file alone and no temporary one when it cannot be written', async () => {
      const path = join(directory, 'birds.json');
      await writeFile(path, 'old');
      await assert.rejects(saveHead(path, { ...head, temperature: -1 }), { code: 'HEAD_INVALID' });
      await assert.rejects(saveHead(join(directory, 'no', 'such', 'x.json'), head), { code: 'WRITE_FAILED' });
      await assert.rejects(saveHead(directory, head), { code: /^(IS_DIRECTORY|WRITE_FAILED)$/ });
      assert.equal(await readFile(path, 'utf8'), 'old');
      assert.deepEqual(await readdir(directory), ['birds.json']);
    });

    it('reports what is wrong with a missing file or a folder', async () => {
      await assert.rejects(loadHead(join(directory, 'none.json')), { code: 'HEAD_NOT_FOUND' });
      await assert.rejects(loadHead(directory), { code: 'IS_DIRECTORY' });
    });
  });
});
