import assert from 'node:assert/strict';
import { PushQueue } from '../../src/engine/push-queue.js';

describe('PushQueue', () => {
  it('hands out what was pushed, in order, then the result', async () => {
    const queue = new PushQueue<number, string>();
    queue.push(1);
    queue.push(2);
    queue.end('done');
    queue.push(3);
    queue.fail(new Error('too late'));
    const values = queue[Symbol.asyncIterator]();
    assert.deepEqual(await values.next(), { value: 1, done: false });
    assert.deepEqual(await values.next(), { value: 2, done: false });
    assert.deepEqual(await values.next(), { value: 'done', done: true });
  });

  it('hands out what came before a failure, then throws it', async () => {
    const queue = new PushQueue<number>();
    queue.push(1);
    queue.fail(new Error('broke off'));
    const values = queue[Symbol.asyncIterator]();
    assert.equal((await values.next()).value, 1);
    await assert.rejects(values.next(), /broke off/);
  });

  it('waits for what has not come yet', async () => {
    const queue = new PushQueue<number>();
    const values = queue[Symbol.asyncIterator]();
    const first = values.next();
    queue.push(5);
    assert.equal((await first).value, 5);
    const last = values.next();
    queue.end();
    assert.equal((await last).done, true);
  });

  it('gives credit for each value that is taken, and none for those that are dropped', async () => {
    let credit = 0;
    const queue = new PushQueue<number>(() => credit++);
    queue.push(1);
    queue.push(2);
    const values = queue[Symbol.asyncIterator]();
    await values.next();
    queue.drop();
    queue.end();
    assert.equal((await values.next()).done, true);
    assert.equal(credit, 1);
  });
});
