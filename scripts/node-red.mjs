// pnpm node-red [-- PORT]: a Node-RED with the nodes and their examples, opening on a flow that classifies
// on click. Its user directory is artifacts/node-red-user; delete it to start again.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail, install, root, turbo } from './prepare.mjs';

await install('all');
const built = await turbo(['build', '--filter', 'node-red-contrib-ecapa', '--output-logs', 'errors-only']);
if (built !== 0) fail(built, 'The nodes could not be built; the messages above show where.');

const packageDirectory = join(root, 'packages', 'node-red-contrib-ecapa');
const userDirectory = join(root, 'artifacts', 'node-red-user');
const flows = join(userDirectory, 'flows.json');
const settings = join(userDirectory, 'settings.js');
// As if npm had installed it here.
const installed = join(userDirectory, 'node_modules', 'node-red-contrib-ecapa');
mkdirSync(dirname(installed), { recursive: true });
if (!existsSync(installed)) symlinkSync(packageDirectory, installed, 'junction');
writeFileSync(
  join(userDirectory, 'package.json'),
  `${JSON.stringify({ private: true, dependencies: { 'node-red-contrib-ecapa': '*' } }, null, 2)}\n`,
);
if (!existsSync(flows)) copyFileSync(join(packageDirectory, 'examples', 'Classify a file.json'), flows);
if (!existsSync(settings)) {
  const content = {
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
  };
  writeFileSync(settings, `module.exports = ${JSON.stringify(content, null, 2)};\n`);
}
const require = createRequire(join(packageDirectory, 'package.json'));
const red = join(dirname(require.resolve('node-red/package.json')), 'red.js');
const port = process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? '1880';
const child = spawn(process.execPath, [red, '-u', userDirectory, '-s', settings, '-p', port], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => {
  process.exitCode = code ?? 0;
});
