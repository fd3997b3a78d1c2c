import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  makeTemporaryFolder,
  removeLeftBehind,
  removeTemporary,
  temporaryName,
} from '../src/temporary-paths.js';

describe('temporary paths', () => {
  it('are gone when the process ends in the middle of writing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      const program = `
        import { mkdirSync, writeFileSync } from 'node:fs';
        import { markTemporary, unmarkTemporary } from ${JSON.stringify(new URL('../src/temporary-paths.ts', import.meta.url).href)};
        import { writeFileAtomically } from ${JSON.stringify(new URL('../src/files.ts', import.meta.url).href)};
        markTemporary(${JSON.stringify(join(folder, 'begun'))});
        mkdirSync(${JSON.stringify(join(folder, 'begun'))});
        writeFileSync(${JSON.stringify(join(folder, 'begun', 'part'))}, 'x');
        markTemporary(${JSON.stringify(join(folder, 'done'))});
        writeFileSync(${JSON.stringify(join(folder, 'done'))}, 'x');
        unmarkTemporary(${JSON.stringify(join(folder, 'done'))});
        void writeFileAtomically(${JSON.stringify(join(folder, 'whole'))}, new Uint8Array(1 << 24));
        setTimeout(() => process.exit(130), 5);`;
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', program],
        { encoding: 'utf8' },
      );
      assert.equal(status, 130, stderr);
      assert.ok(existsSync(join(folder, 'done')));
      // Whether "whole" was finished by then is a matter of luck; nothing else may be there.
      assert.deepEqual(
        readdirSync(folder).filter((name) => name !== 'whole'),
        ['done'],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of a killed process are gone after the next start, and nothing else is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    const program = `
      import { makeTemporaryFolder, temporaryName } from ${JSON.stringify(new URL('../src/temporary-paths.ts', import.meta.url).href)};
      import { writeFileSync } from 'node:fs';
      writeFileSync((await makeTemporaryFolder(${JSON.stringify(folder)})) + '/part', 'x');
      writeFileSync(${JSON.stringify(folder)} + '/' + temporaryName(), 'x');
      writeFileSync(${JSON.stringify(folder)} + '/.' + temporaryName() + '.tmp', 'x');
      console.log('made');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    try {
      await once(child.stdout, 'data');
      const own = await makeTemporaryFolder(folder); // looks, and finds that the other is alive
      assert.equal(readdirSync(folder).length, 4);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const kept = [
        temporaryName().replace(/-.{8}-/, '-01234567-'), // of another machine
        `${temporaryName()}.old`,
        'ecapa-notes',
        temporaryName(), // of this process
      ];
      for (const name of kept) writeFileSync(join(folder, name), 'x');
      const earlier = join(folder, temporaryName()); // of a process of this number, before this one
      mkdirSync(earlier);
      utimesSync(earlier, 1, 1);
      await removeLeftBehind(`${folder}/`); // as the next process would
      assert.deepEqual(
        readdirSync(folder)
          .map((name) => join(folder, name))
          .sort(),
        [...kept.map((name) => join(folder, name)), own].sort(),
      );
      await removeTemporary(own);
      assert.ok(!existsSync(own));
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});
