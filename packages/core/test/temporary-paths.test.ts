import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
});
