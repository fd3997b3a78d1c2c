import assert from 'node:assert/strict';
import { type Heard, heardLabels, isHeard } from '../../src/heads/heard.js';

const voiceOver: Heard = {
  label: 'music',
  probability: 0.7,
  presence: { music: 0.95, noise: 0.1, speech: 0.8 },
  present: ['music', 'speech'],
};

describe('isHeard', () => {
  it('hears a voice under music, and only what dominates when that is asked for', () => {
    assert.equal(isHeard(voiceOver, ['speech'], 'present'), true);
    assert.equal(isHeard(voiceOver, ['speech'], 'dominant'), false);
    assert.equal(isHeard(voiceOver, ['music'], 'dominant'), true);
    assert.equal(isHeard(voiceOver, ['noise'], 'present'), false);
  });

  it('keeps to the threshold of either rule', () => {
    assert.equal(isHeard(voiceOver, ['speech'], 'present', 0.9), false);
    assert.equal(isHeard(voiceOver, ['music'], 'dominant', 0.8), false);
    assert.equal(isHeard(voiceOver, ['music'], 'present', 0.8), true);
  });

  it('goes by what dominates where there is no presence readout, and for silence', () => {
    const old: Heard = { label: 'speech', probability: 0.9 };
    assert.equal(isHeard(old, ['speech'], 'present'), true);
    assert.equal(isHeard(old, ['music'], 'present'), false);
    const silence: Heard = {
      label: 'silence',
      probability: 1,
      presence: { music: 0, speech: 0 },
      present: [],
    };
    assert.equal(isHeard(silence, ['silence'], 'present'), true);
    assert.equal(isHeard(silence, ['speech'], 'present'), false);
  });
});

describe('heardLabels', () => {
  it('are all that is present and what dominates, each once', () => {
    assert.deepEqual(heardLabels(voiceOver), ['music', 'speech']);
    assert.deepEqual(heardLabels({ label: 'unknown', present: ['noise'] }), ['noise', 'unknown']);
    assert.deepEqual(heardLabels({ label: 'noise' }), ['noise']);
  });
});
