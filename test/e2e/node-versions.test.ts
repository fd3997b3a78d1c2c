import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ecapa, jsonLines, REPOSITORY, SAMPLES } from './cli.js';

const NODES = ['node-22', 'node-24'];

describe('other Nodes', () => {
  for (const name of NODES) {
    it(`${name} gives the verdicts of this Node`, async function () {
      const node = join(REPOSITORY, 'test', 'nodes', 'node_modules', name, 'bin', 'node');
      if (!existsSync(node)) {
        console.log(`      skipped: ${name} has no binary for this platform`);
        this.skip();
      }
      const here = jsonLines((await ecapa(['classify', '--json', SAMPLES])).stdout);
      const there = await ecapa(['classify', '--json', SAMPLES], { node });
      assert.equal(there.stderr, '');
      assert.deepEqual(jsonLines(there.stdout), here);
    });
  }
});
