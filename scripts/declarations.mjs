// The declarations of an entry point of core in one file that imports nothing of ours.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, root } from './prepare.mjs';

const core = join(root, 'packages', 'core');

export function declarationsOf(entry) {
  const require = createRequire(join(root, 'test', 'package.json'));
  const { Extractor, ExtractorConfig, ExtractorLogLevel } = require('@microsoft/api-extractor');
  const { types } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')).exports[entry];
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-types-'));
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  try {
    const config = ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(core, 'package.json'),
      configObject: {
        projectFolder: core,
        mainEntryPointFilePath: join(core, types),
        compiler: { tsconfigFilePath: join(core, 'tsconfig.json') },
        apiReport: { enabled: false },
        docModel: { enabled: false },
        tsdocMetadata: { enabled: false },
        dtsRollup: { enabled: true, untrimmedFilePath: join(folder, 'index.d.ts') },
        newlineKind: 'lf',
        messages: {
          compilerMessageReporting: silent,
          extractorMessageReporting: silent,
          tsdocMessageReporting: silent,
        },
      },
    });
    const { succeeded } = Extractor.invoke(config, {
      localBuild: true,
      messageCallback: (message) => {
        if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
      },
    });
    if (!succeeded) fail(1, `The declarations of core's "${entry}" could not be put into one file.`);
    return readFileSync(join(folder, 'index.d.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
