import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PREVIEW_BYTES, readHeadPreview } from '../src/features/models/state/head-preview.js';

const SHIPPED = join(__dirname, '..', '..', '..', 'models', 'speech-music-noise.json');

describe('the preview of a head file', () => {
  it('finds id, model and labels from the beginning alone', () => {
    const text = readFileSync(SHIPPED, 'utf8');
    const expected = {
      id: 'speech-music-noise',
      modelId: 'ecapa-compact',
      labels: ['music', 'noise', 'speech'],
    };
    assert.deepEqual(readHeadPreview(text.slice(0, PREVIEW_BYTES)), expected);
    assert.deepEqual(readHeadPreview(text.slice(0, 300)), expected);
  });

  it('takes names with brackets, quotes and escapes as they are', () => {
    const head = {
      format: 'ecapa-head',
      version: 1,
      id: 'a "b"',
      modelId: 'm',
      labels: ['x]', '["', '\u00fc\\'],
    };
    assert.deepEqual(readHeadPreview(JSON.stringify(head, undefined, 2)), {
      id: 'a "b"',
      modelId: 'm',
      labels: ['x]', '["', '\u00fc\\'],
    });
  });

  it('is undefined for anything else', () => {
    for (const text of [
      '',
      '{}',
      '[1]',
      '{"format":"ecapa-model","id":"x"}',
      '{"format":"ecapa-head","id":1}',
    ])
      assert.equal(readHeadPreview(text), undefined, text);
  });
});
