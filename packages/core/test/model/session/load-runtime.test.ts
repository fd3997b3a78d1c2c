import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { runtimeChoice } from '../../../src/model/session/runtime-choice.js';
import type { RuntimeInfo } from '../../../src/model/session/session.js';

const [LOAD, CHOICE] = ['load-runtime', 'runtime-choice'].map(
  (name) => new URL(`../../../src/model/session/${name}.ts`, import.meta.url).href,
);

/** What a process finds whose Node was changed by `prelude` before anything else ran. */
function chosen(
  choice: string,
  prelude = '',
  env: NodeJS.ProcessEnv = {},
  nativeCrash?: string,
): RuntimeInfo | { error: string } {
  const program = `
    ${prelude}
    const { loadRuntime } = await import(${JSON.stringify(LOAD)});
    const { runtimeChoice } = await import(${JSON.stringify(CHOICE)});
    const answer = await loadRuntime(runtimeChoice(${JSON.stringify(choice)}), ${JSON.stringify(nativeCrash)}).then(
      ({ info }) => info,
      (error) => ({ error: [error.code, error.message].join(' ') }),
    );
    process.stdout.write(JSON.stringify(answer));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { encoding: 'utf8', env: { ...process.env, ECAPA_RUNTIME: '', ...env } },
  );
  assert.equal(stderr, '');
  return JSON.parse(stdout) as RuntimeInfo | { error: string };
}

/** As on musl: the report of a process names no glibc. */
const MUSL = `
  Object.defineProperty(process, 'platform', { value: 'linux' });
  const { getReport } = process.report;
  process.report.getReport = function () {
    const report = getReport.call(this);
    delete report.header.glibcVersionRuntime;
    delete report.header.glibcVersionCompiler;
    return report;
  };`;

/** The loader's words where a library is missing. */
const NO_LIBRARY = `
  process.dlopen = () => {
    throw Object.assign(new Error('libonnxruntime.so.1: cannot open shared object file: No such file or directory'), { code: 'ERR_DLOPEN_FAILED' });
  };`;

/** A processor that there is no build for. */
const OTHER_PROCESSOR = `Object.defineProperty(process, 'arch', { value: 'riscv64' });`;

describe('the choice of a runtime', function () {
  this.timeout(120_000);
  it('takes the option first, then the variable, and refuses other words', () => {
    const before = process.env.ECAPA_RUNTIME;
    try {
      delete process.env.ECAPA_RUNTIME;
      assert.equal(runtimeChoice(), 'auto');
      process.env.ECAPA_RUNTIME = 'wasm';
      assert.equal(runtimeChoice(), 'wasm');
      assert.equal(runtimeChoice('auto'), 'wasm');
      assert.equal(runtimeChoice('native'), 'native');
      process.env.ECAPA_RUNTIME = 'gpu';
      assert.throws(() => runtimeChoice(), { name: 'TypeError', message: /^ECAPA_RUNTIME: .*"gpu"/ });
      assert.throws(() => runtimeChoice('cuda'), { name: 'TypeError', message: /^runtime: .*"cuda"/ });
    } finally {
      if (before === undefined) delete process.env.ECAPA_RUNTIME;
      else process.env.ECAPA_RUNTIME = before;
    }
  });

  it('is the native library where it loads', () => {
    const info = chosen('auto') as RuntimeInfo;
    assert.equal(info.name, 'native');
    assert.equal(info.reason, undefined);
  });

  it('is WebAssembly when asked for, by option or variable', () => {
    for (const info of [chosen('wasm'), chosen('auto', '', { ECAPA_RUNTIME: 'wasm' })] as RuntimeInfo[]) {
      assert.equal(info.name, 'wasm');
      assert.equal(info.reason?.code, 'requested');
    }
  });

  it('is WebAssembly after the native library has ended a process, unless it is asked for', () => {
    const crashed = (choice: string): RuntimeInfo => chosen(choice, '', {}, 'signal SIGILL') as RuntimeInfo;
    assert.deepEqual(crashed('auto').reason, { code: 'load-failed', message: 'signal SIGILL' });
    assert.equal(crashed('native').name, 'native');
  });

  for (const [where, prelude, code, words] of [
    ['on musl', MUSL, 'no-build', /musl/],
    ['where a library is missing', NO_LIBRARY, 'load-failed', /libonnxruntime\.so\.1: cannot open/],
    ['on a processor without a build', OTHER_PROCESSOR, 'no-build', /no build for linux-riscv64/],
  ] as const) {
    it(`is WebAssembly ${where}, and the reason is kept`, () => {
      const info = chosen('auto', prelude) as RuntimeInfo;
      assert.equal(info.name, 'wasm');
      assert.equal(info.reason?.code, code);
      assert.match(info.reason?.message ?? '', words);
    });

    it(`is refused ${where} when native was asked for, naming the way out`, () => {
      const { error } = chosen('native', prelude) as { error: string };
      assert.match(error, /^RUNTIME_UNAVAILABLE .*"wasm"/);
      assert.match(error, words);
    });
  }
});
