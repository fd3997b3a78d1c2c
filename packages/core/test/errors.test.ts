import assert from 'node:assert/strict';
import { EcapaError, fromErrorData, isEcapaError, toErrorData } from '../src/errors.js';

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
