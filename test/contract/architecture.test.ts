import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DRAWINGS = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  .split('```mermaid')
  .slice(1)
  .map((block) => block.slice(0, block.indexOf('```')));

describe('ARCHITECTURE.md', () => {
  it('draws how the packages depend on each other', () => {
    const packages = readdirSync(join(ROOT, 'packages'));
    const named = new Map(packages.map((folder) => [manifest(folder).name, folder]));
    const actual = packages.flatMap((folder) =>
      Object.keys({ ...manifest(folder).dependencies, ...manifest(folder).devDependencies }).flatMap(
        (name) => {
          const target = named.get(name);
          return target === undefined ? [] : [`${folder} --> ${target}`];
        },
      ),
    );
    assert.deepEqual(arrows(0), sorted(actual));
  });

  it("draws the imports between core's rooms", () => {
    assert.deepEqual(arrows(1), importsBetweenRooms('packages/core/src'));
  });

  it("draws the imports between the extension's rooms", () => {
    assert.deepEqual(arrows(2), importsBetweenRooms('packages/vscode-ecapa/src'));
  });

  it('has no circle among the rooms of core', () => {
    const edges = arrows(1).map((arrow) => arrow.split(' --> '));
    const reaches = (from: string, seen: ReadonlySet<string>): boolean =>
      edges.some(([a, b = '']) => a === from && (seen.has(b) || reaches(b, new Set([...seen, b]))));
    for (const [room = ''] of edges) assert.ok(!reaches(room, new Set([room])), `${room} is in a circle`);
  });
});

describe('the rooms', () => {
  it('leave the runtime to core/model', () => {
    assert.deepEqual(
      imports('packages/core/src').filter(
        ({ to, file }) => to.startsWith('onnxruntime') && !file.startsWith('model/'),
      ),
      [],
    );
  });

  it('keep heads, timeline and reports free of files, processes and the network', () => {
    const pure = /^(heads\/(?!file\/)|timeline\/|reports\/)/;
    const hosts = /^(node:(fs|child_process|net|http|https|worker_threads)|undici|onnxruntime)/;
    assert.deepEqual(
      imports('packages/core/src').filter(({ to, file }) => pure.test(file) && hosts.test(to)),
      [],
    );
  });

  it('keep vscode and Node-RED out of core, and faces out of each other', () => {
    for (const folder of readdirSync(join(ROOT, 'packages'))) {
      const strangers = imports(`packages/${folder}/src`).filter(({ to, file }) => {
        const target = resolve(ROOT, 'packages', folder, 'src', dirname(file), to);
        const leaves = to.startsWith('.') && !target.startsWith(join(ROOT, 'packages', folder) + sep);
        return leaves || (folder === 'core' && /^(vscode|node-red|@node-red)/.test(to));
      });
      assert.deepEqual(strangers, [], folder);
    }
  });
});

interface Import {
  readonly file: string;
  readonly to: string;
}

/** The arrows of a drawing, `a --> b`, sorted. */
function arrows(drawing: number): string[] {
  return sorted(
    [...(DRAWINGS[drawing] ?? '').matchAll(/^\s*(\S+) --> (\S+)\s*$/gm)].map(([, a, b]) => `${a} --> ${b}`),
  );
}

/** What the rooms below `folder` import from one another; files at its top are no room. */
function importsBetweenRooms(folder: string): string[] {
  const edges = imports(folder).flatMap(({ file, to }) => {
    if (!to.startsWith('.')) return [];
    const [from, target] = [room(file), room(join(dirname(file), to))];
    return from === undefined || target === undefined || from === target ? [] : [`${from} --> ${target}`];
  });
  return sorted(edges);
}

function room(path: string): string | undefined {
  const parts = path.split(sep);
  if (parts.length === 1) return undefined;
  return parts[0] === 'features' ? `features/${parts[1]}` : parts[0];
}

function imports(folder: string): Import[] {
  const base = join(ROOT, folder);
  return sources(base).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/(?:\bfrom|\bimport\()\s*'([^']+)'/g)].map(([, to = '']) => ({
      file: relative(base, path),
      to,
    })),
  );
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function manifest(folder: string): {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
} {
  return JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'));
}

function sorted(list: readonly string[]): string[] {
  return [...new Set(list)].sort();
}
