import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { openEmbedder } from '../../src/model/embedder.js';
import { locateModel } from '../../src/models/locate.js';

const threadsOfThisProcess = (): number => readdirSync('/proc/self/task').length;

/** How many threads an embedder adds to this process. */
async function threadsAdded(model: string, threads: number): Promise<number> {
  const before = threadsOfThisProcess();
  const embedder = await openEmbedder(model, { threads, runtime: 'native' });
  try {
    return threadsOfThisProcess() - before;
  } finally {
    await embedder.close();
  }
}

describe('the threads of an inference', () => {
  it('are as many as are asked for', async function () {
    if (process.platform !== 'linux') this.skip();
    const model = await locateModel(undefined);
    await threadsAdded(model, 1); // what the library starts by itself, once
    assert.equal(await threadsAdded(model, 1), 0);
    // The caller's own is one of them, in the front end and in the network.
    assert.equal(await threadsAdded(model, 3), 4);
  });

  it('are a whole number from 1', async () => {
    const model = await locateModel(undefined);
    for (const threads of [0, 1.5, Number.NaN])
      await assert.rejects(openEmbedder(model, { threads }), RangeError);
  });
});
