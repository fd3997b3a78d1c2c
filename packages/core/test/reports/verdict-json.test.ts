import assert from 'node:assert/strict';
import { type PrintedVerdict, verdictToJson } from '../../src/reports/verdict-json.js';

describe('a verdict as JSON', () => {
  it('has probabilities that sum to 1 after rounding', () => {
    const probabilities = { music: 0.9972184, noise: 0.0017054, speech: 0.0010762 };
    const verdict = {
      label: 'music',
      probability: probabilities.music,
      probabilities,
      durationSeconds: 6,
      method: 'whole',
    } as unknown as PrintedVerdict;
    const printed = verdictToJson('a.wav', verdict);
    assert.deepEqual(printed.probabilities, { music: 0.997219, noise: 0.001705, speech: 0.001076 });
    assert.equal(printed.probability, 0.997219);
    const unknown = verdictToJson('a.wav', { ...verdict, label: 'unknown' });
    assert.equal(unknown.probability, 0.997219);
  });

  it('keeps a probability that is not among those of the labels', () => {
    const verdict = {
      label: 'silence',
      probability: 1,
      probabilities: {},
      durationSeconds: 2,
    } as unknown as PrintedVerdict;
    assert.deepEqual([verdictToJson('a.wav', verdict).probability], [1]);
  });
});
