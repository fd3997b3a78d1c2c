import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { OWN_TARGET, packVsix, vsixOf } from './packed.js';

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');

/** What the extension does with a recording, without VS Code around it. */
const PROGRAM = `const { Classifier } = require(process.argv[2] + '/dist/core.cjs');
(async () => {
  const classifier = await Classifier.open({ workers: 1 });
  const labels = [];
  for (const file of process.argv.slice(3)) labels.push((await classifier.classify(file)).label);
  console.log(JSON.stringify({ labels, runtime: classifier.model.runtime }));
  await classifier.close();
})();
`;

const MUSL = `const { getReport } = process.report;
process.report.getReport = function () {
  const report = getReport.call(this);
  delete report.header.glibcVersionRuntime;
  delete report.header.glibcVersionCompiler;
  return report;
};
`;

interface Answer {
  readonly labels: readonly string[];
  readonly runtime: { readonly name: string; readonly reason?: { readonly code: string } };
}

describe('the packed extension on systems with and without the native library', function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-vsix-runtimes-'));
    packVsix([OWN_TARGET, 'alpine-x64']);
    for (const target of [OWN_TARGET, 'alpine-x64']) {
      new AdmZip(vsixOf(target)).extractAllTo(join(folder, target), true);
    }
    writeFileSync(join(folder, 'program.cjs'), PROGRAM);
    writeFileSync(join(folder, 'musl.cjs'), MUSL);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function answer(target: string, env: NodeJS.ProcessEnv = {}): Answer {
    const files = ['speech-announcement.mp3', 'music-trio.m4a', 'noise-rain.opus'];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        join(folder, 'program.cjs'),
        join(folder, target, 'extension'),
        ...files.map((name) => join(SAMPLES, name)),
      ],
      { encoding: 'utf8', env: { ...process.env, ECAPA_RUNTIME: '', ...env } },
    );
    assert.equal(stderr, '');
    const answered = JSON.parse(stdout) as Answer;
    assert.deepEqual(answered.labels, ['speech', 'music', 'noise']);
    return answered;
  }

  it('computes natively where the library loads', () => {
    assert.equal(answer(OWN_TARGET).runtime.name, 'native');
  });

  it('computes in WebAssembly when asked to, on musl, and where the library is missing', () => {
    assert.equal(answer(OWN_TARGET, { ECAPA_RUNTIME: 'wasm' }).runtime.reason?.code, 'requested');
    const musl = answer(OWN_TARGET, { NODE_OPTIONS: `--require ${join(folder, 'musl.cjs')}` });
    assert.equal(musl.runtime.reason?.code, 'no-build');
    const natives = join(
      ...[folder, OWN_TARGET, 'extension/node_modules/onnxruntime-node/bin/napi-v6'],
      ...[process.platform, process.arch],
    );
    const library = join(natives, 'libonnxruntime.so.1');
    renameSync(library, `${library}-away`);
    try {
      assert.equal(answer(OWN_TARGET).runtime.reason?.code, 'load-failed');
    } finally {
      renameSync(`${library}-away`, library);
    }
  });

  it('computes in WebAssembly in a build that has nothing else', () => {
    assert.equal(answer('alpine-x64').runtime.reason?.code, 'no-build');
  });
});
