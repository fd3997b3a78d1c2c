import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  HOSTS,
  NodeRedProcess,
  packedTarball,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';

const [host = assert.fail('no Node-RED')] = HOSTS;
const SAMPLES = ['speech', 'music', 'noise'];

const node = (id: string, rest: object): object => ({ id, z: 'tab', x: 1, y: 1, ...rest });

/** POST the name of a sample, get its verdict; errors come back with status 500. */
const flowOf = (runtime: string): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model', workers: '1', runtime },
  node('in', { type: 'http in', url: '/it', method: 'post', wires: [['name']] }),
  node('name', { type: 'function', func: 'msg.payload = msg.payload.name; return msg;', wires: [['it']] }),
  node('it', { type: 'ecapa-classify', model: 'config', accept: 'paths', wires: [['out']] }),
  node('out', { type: 'http response', wires: [] }),
  node('catch', { type: 'catch', scope: ['it'], wires: [['failed']] }),
  node('failed', {
    type: 'function',
    func: 'msg.statusCode = 500; msg.payload = { code: msg.error.code, message: msg.error.message }; return msg;',
    wires: [['out']],
  }),
];

/** Changes Node as musl would have it, in Node-RED and in the workers: a report names no glibc. */
const MUSL = `const { getReport } = process.report;
process.report.getReport = function () {
  const report = getReport.call(this);
  delete report.header.glibcVersionRuntime;
  delete report.header.glibcVersionCompiler;
  return report;
};
`;

describe('the packed package on systems with and without the native library', () => {
  let userDir: string;
  let natives: string;
  let red: NodeRedProcess | undefined;
  before(() => {
    userDir = userDirectoryWith(packedTarball());
    const runtime = join(userDir, 'node_modules/node-red-contrib-ecapa/node_modules/onnxruntime-node');
    natives = join(runtime, 'bin', 'napi-v6', process.platform, process.arch);
    writeFileSync(join(userDir, 'musl.cjs'), MUSL);
  });
  afterEach(() => red?.stop());
  after(() => removeDirectory(userDir));

  async function ask(name: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${red?.url}/it`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: `sample:${name}` }),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  async function classifies(runtime: string, env: NodeJS.ProcessEnv, logged: RegExp): Promise<void> {
    red = await NodeRedProcess.start(host, userDir, { ECAPA_RUNTIME: '', ...env });
    await red.deploy(flowOf(runtime));
    for (const name of SAMPLES) assert.equal((await ask(name)).label, name);
    // Of the flow that was deployed; what an earlier one in this directory used may be logged before it.
    assert.equal([...red.log.matchAll(new RegExp(logged, 'g'))].length, 1, red.log);
    assert.doesNotMatch(red.log, /\[error\]/);
  }

  /** The library that the native binding needs is away, so that the system's loader says so. */
  async function withoutLibrary(check: () => Promise<void>): Promise<void> {
    const library = join(natives, 'libonnxruntime.so.1');
    renameSync(library, `${library}-away`);
    try {
      await check();
    } finally {
      await red?.stop();
      renameSync(`${library}-away`, library);
    }
  }

  it('computes natively where the library loads, and logs so', () =>
    classifies('auto', {}, /\[info\] ecapa: ONNX Runtime [\d.]+, native library/));

  it('computes in WebAssembly when the variable or the config node asks for it', async () => {
    const asked = /\[info\] ecapa: ONNX Runtime [\d.]+, WebAssembly: .*asked for/;
    await classifies('auto', { ECAPA_RUNTIME: 'wasm' }, asked);
    await red?.stop();
    await classifies('wasm', {}, asked);
  });

  it('computes in WebAssembly on musl', () =>
    classifies(
      'auto',
      { NODE_OPTIONS: `--require ${join(userDir, 'musl.cjs')}` },
      /\[warn\] ecapa: ONNX Runtime [\d.]+, WebAssembly: .*musl/,
    ));

  it('computes in WebAssembly where the system cannot load the library', function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: the library is hidden by its name on Linux');
      this.skip();
    }
    return withoutLibrary(() =>
      classifies('auto', {}, /\[warn\] ecapa: .*WebAssembly: .*libonnxruntime\.so\.1: cannot open/),
    );
  });

  it('computes in WebAssembly where there is no binary', async () => {
    renameSync(natives, `${natives}-away`);
    try {
      await classifies('auto', {}, /\[warn\] ecapa: .*WebAssembly: .*no build/);
    } finally {
      await red?.stop();
      renameSync(`${natives}-away`, natives);
    }
  });

  it('fails with the reason and the way out where native alone is asked for and does not load', function () {
    if (process.platform !== 'linux') this.skip();
    return withoutLibrary(async () => {
      red = await NodeRedProcess.start(host, userDir, { ECAPA_RUNTIME: '' });
      await red.deploy(flowOf('native'));
      const { code, message } = await ask('speech');
      assert.equal(code, 'RUNTIME_UNAVAILABLE');
      assert.match(String(message), /libonnxruntime\.so\.1: cannot open.*"wasm"/);
    });
  });
});
