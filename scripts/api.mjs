// npm run api: writes docs/api/*.api.md, the public names of each entry point of core, from the built declarations.
// With --check it writes nothing and fails where they differ, or where a public name has no docstring.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, install, root, turbo } from './prepare.mjs';

const check = process.argv.includes('--check');
if (!check) {
  await install('all');
  const built = await turbo(['build', '--filter', '@ecapa/core', '--output-logs', 'errors-only']);
  if (built !== 0) fail(built, 'Core could not be built; the messages above show where.');
}
const require = createRequire(join(root, 'test', 'package.json'));
const { Extractor, ExtractorConfig, ExtractorLogLevel } = require('@microsoft/api-extractor');
const core = join(root, 'packages', 'core');
const reports = join(root, 'docs', 'api');
const entries = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')).exports;
const temporary = mkdtempSync(join(tmpdir(), 'ecapa-api-'));
mkdirSync(reports, { recursive: true });
try {
  const problems = Object.entries(entries).flatMap(([name, { types }]) => report(name, types));
  if (problems.length > 0) fail(1, problems.join('\n'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** Writes or compares the report of one entry point; returns what is wrong with it. */
function report(name, types) {
  const reportFileName = name === '.' ? 'core' : `core-${name.slice(2)}`;
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(core, 'package.json'),
    configObject: {
      projectFolder: core,
      mainEntryPointFilePath: join(core, types),
      compiler: { tsconfigFilePath: join(core, 'tsconfig.json') },
      apiReport: { enabled: true, reportFileName, reportFolder: reports, reportTempFolder: temporary },
      newlineKind: 'lf',
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const result = Extractor.invoke(config, { localBuild: !check, messageCallback: quiet });
  const path = join(reports, `${reportFileName}.api.md`);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const undocumented = [...text.matchAll(/^\/\/ @public \(undocumented\)\n(.*)$/gm)].map(
    ([, line]) => `${name}: no docstring: ${line}`,
  );
  return result.apiReportChanged && check
    ? [...undocumented, `${name}: docs/api is out of date; run "npm run api" and commit what it writes`]
    : undocumented;
}

function quiet(message) {
  message.handled = true;
}
