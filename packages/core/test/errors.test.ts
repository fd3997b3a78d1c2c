import assert from 'node:assert/strict';
import { EcapaError, ERROR_CODES, fromErrorData, isEcapaError, isFatal, toErrorData } from '../src/errors.js';

describe('EcapaError', () => {
  it('is recognised by its marker, also when another copy of the class made it', () => {
    const foreign = Object.assign(new Error('other copy'), { ecapaError: true, code: 'EMPTY_FILE' });
    assert.ok(isEcapaError(new EcapaError('EMPTY_FILE', 'x')));
    assert.ok(isEcapaError(foreign));
    assert.ok(!isEcapaError(new Error('plain')));
    assert.ok(!isEcapaError({ ecapaError: true }));
  });

  it('survives the way across a process boundary', () => {
    const error = new EcapaError('NOT_AUDIO', 'a.mp3: it is text', {
      file: 'a.mp3',
      cause: new Error('why'),
    });
    const back = fromErrorData(structuredClone(toErrorData(error, 'INFERENCE_FAILED')));
    assert.deepEqual([back.code, back.message, back.file], ['NOT_AUDIO', 'a.mp3: it is text', 'a.mp3']);
  });

  it('gives what is not ours the fallback code and keeps its message', () => {
    assert.deepEqual(toErrorData(new Error('boom'), 'INFERENCE_FAILED'), {
      code: 'INFERENCE_FAILED',
      message: 'boom',
    });
    assert.deepEqual(toErrorData('text', 'READ_FAILED'), { code: 'READ_FAILED', message: 'text' });
  });
});

describe('isFatal', () => {
  it('is true of what every further file would fail with, and of nothing that lies in one file', () => {
    assert.deepEqual(ERROR_CODES.filter(isFatal).sort(), [
      'CANCELLED',
      'CLOSED',
      'DECODER_MISSING',
      'DISK_FULL',
      'HEAD_INVALID',
      'HEAD_MODEL_MISMATCH',
      'HEAD_NOT_FOUND',
      'MODEL_INVALID',
      'MODEL_NOT_FOUND',
      'RUNTIME_UNAVAILABLE',
    ]);
  });
});
