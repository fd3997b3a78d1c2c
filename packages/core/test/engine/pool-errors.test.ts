import assert from 'node:assert/strict';
import { startError } from '../../src/engine/pool-errors.js';
import { WorkerGone } from '../../src/engine/worker-process.js';

describe('startError', () => {
  it('advises to make room where no process can be started, and to reinstall otherwise', () => {
    const messageOf = (how: string): string => (startError(new WorkerGone(how)) as Error).message;
    assert.match(messageOf('spawn /usr/bin/node EAGAIN'), /\(spawn .* EAGAIN\)\. This machine has no room/);
    assert.match(messageOf('exit code 1'), /\(exit code 1\)\. Reinstall the package/);
  });
});
