import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { locateModel } from '../../src/models/locate.js';
import { useTemporaryDirectory } from './temporary-directory.js';

const MODEL = await locateModel();
const EMBEDDER = new URL('../../src/model/embedder.ts', import.meta.url).href;

describe('the inference library', () => {
  const inDirectory = useTemporaryDirectory();

  it('reports nothing to its maker: it makes no identifier of the machine and no queue of reports', () => {
    const home = inDirectory('home');
    mkdirSync(home);
    const program = `
      const { openEmbedder } = await import(${JSON.stringify(EMBEDDER)});
      const embedder = await openEmbedder(${JSON.stringify(MODEL)});
      await embedder.embed(new Float32Array(32_000));
      process.stdout.write('embedded');`;
    // It is silent by itself where variables such as CI are set, so this environment has none of them.
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home, USERPROFILE: home } },
    );
    assert.equal(stdout, 'embedded', stderr);
    assert.deepEqual(readdirSync(home, { recursive: true }), []);
  });
});
