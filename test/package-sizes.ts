import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';

const TABLE = readFileSync(new URL('../docs/package-sizes.md', import.meta.url), 'utf8');
const TOLERANCE = 0.03;

/** Compares a package with its row in docs/package-sizes.md. */
export function assertSize(name: string, path: string): void {
  const row = new RegExp(`^\\| ${name} +\\| +([\\d.]+) \\|`, 'm').exec(TABLE);
  assert.ok(row?.[1] !== undefined, `docs/package-sizes.md has no row "${name}"`);
  const megabytes = statSync(path).size / 1e6;
  const stated = Number(row[1]);
  assert.ok(
    megabytes < stated * (1 + TOLERANCE),
    `${name}: ${megabytes.toFixed(1)} MB, stated are ${stated}`,
  );
  assert.ok(
    megabytes > stated * 0.8,
    `${name} has become smaller (${megabytes.toFixed(1)} MB): correct its row`,
  );
}
