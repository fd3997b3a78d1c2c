import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';

/** What the extension host calls: runs every suite beside this file, writing to the files that the runner reads. */
export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const { ECAPA_TEST_REPORT: report, ECAPA_TEST_GREP: grep } = process.env;
  if (report === undefined) throw new Error('ECAPA_TEST_REPORT is not set: start this with test/host/run.ts');
  // The host's console goes through a browser and loses its order; a file does not.
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => appendFileSync(report, `${format(...args)}\n`);
  Mocha.reporters.Base.useColors = false;
  const mocha = new Mocha({
    ui: 'bdd',
    reporter: 'spec',
    timeout: 60_000,
    forbidOnly: true,
    failZero: true,
    ...(grep === undefined ? {} : { grep: new RegExp(grep) }),
  });
  for (const name of readdirSync(__dirname).sort())
    if (name.endsWith('.test.cjs')) mocha.addFile(join(__dirname, name));
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  writeFileSync(`${report}.exit`, String(failures));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
