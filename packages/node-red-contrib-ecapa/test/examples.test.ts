import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';

const EXAMPLES = join(__dirname, '..', 'examples');

describe('examples', () => {
  it('can all be deployed together, with no node missing and no complaint', async () => {
    const [host] = HOSTS;
    assert.ok(host);
    const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));
    const flows = names.map(
      (name) => JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as { id: string }[],
    );
    const all = flows.flat();
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'ids are not used twice');
    const userDir = userDirectoryWith(packedTarball());
    const red = await NodeRedProcess.start(host, userDir);
    try {
      await red.deploy(all);
      await pause(1500);
      assert.doesNotMatch(red.log, /missing types|\[error\]|\[warn\] \[/);
      const page = await fetch(`${red.url}/ecapa-page`);
      assert.match(await page.text(), /Speech, music or noise/);
      const upload = await fetch(`${red.url}/ecapa-upload`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: new Uint8Array(readFileSync(join(EXAMPLES, '..', 'samples', 'music-band.mp3'))),
      });
      assert.equal(((await upload.json()) as { label: string }).label, 'music');
      const clicked = all.find((node) => (node as { name?: string }).name === 'speech sample');
      assert.equal((await fetch(`${red.url}/inject/${clicked?.id}`, { method: 'POST' })).status, 200);
      await pause(500);
      assert.doesNotMatch(red.log, /\[error\]/);
    } finally {
      await red.stop();
      removeDirectory(userDir);
    }
  });
});
