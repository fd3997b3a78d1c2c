import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { manualPage } from '../src/commands/man.js';
import { createProgram } from '../src/main.js';
import { reportFailure, UsageError } from '../src/terminal/failure.js';

describe('command line', () => {
  it('has a manual page with every command and option', async () => {
    const program = await createProgram();
    const page = manualPage(program);
    for (const command of program.commands) {
      assert.ok(page.includes(`.SS "${command.name()}`), command.name());
      for (const { long } of command.options)
        assert.ok(page.includes((long ?? '').replaceAll('-', '\\-')), long);
    }
  });

  it('has a manual page that man renders without warnings', function () {
    if (spawnSync('groff', ['--version']).status !== 0) {
      console.log('      skipped: groff is not installed');
      this.skip();
    }
    return createProgram().then((program) => {
      const { stderr, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], {
        input: manualPage(program),
        encoding: 'utf8',
      });
      assert.deepEqual([status, stderr], [0, '']);
    });
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`completes in ${shell}`, async () => {
      const program = await createProgram('completion');
      const script = await printed(() => program.parseAsync(['completion', shell], { from: 'user' }));
      assert.match(script, /ecapa/);
    });
  }

  it('completes commands and options', async () => {
    const program = await createProgram('complete');
    const commands = await printed(() => program.parseAsync(['complete', '--', 't'], { from: 'user' }));
    assert.match(commands, /^timeline\b/m);
    assert.match(commands, /^train\b/m);
    const again = await createProgram('complete');
    const options = await printed(() =>
      again.parseAsync(['complete', '--', 'classify', '--c'], { from: 'user' }),
    );
    assert.match(options, /^--channel\b/m);
  });

  for (const [words, expected] of [
    [['timeline', '--format', 'tex'], /^textgrid\t\n:4\n$/],
    [['timeline', '--format=tex'], /^textgrid\t\n:4\n$/],
    [['classify', 'rec'], /^:0\n$/], // the shell completes names of files
    [['classify', '--head', ''], /^:0\n$/],
    [['classify', '--nothing'], /^:4\n$/],
  ] as const) {
    it(`answers the shell: ecapa ${words.join(' ')}`, async () => {
      const program = await createProgram('complete');
      assert.match(
        await printed(() => program.parseAsync(['complete', '--', ...words], { from: 'user' })),
        expected,
      );
    });
  }

  it('completes in a bash without the package bash-completion', async function () {
    if (spawnSync('bash', ['--version']).status !== 0) {
      console.log('      skipped: there is no bash');
      this.skip();
    }
    const program = await createProgram('completion');
    const script = await printed(() => program.parseAsync(['completion', 'bash'], { from: 'user' }));
    const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile'], {
      encoding: 'utf8',
      input: `compopt() { :; } # only works while a person completes
        ecapa() { printf '%s\\n' timeline train :4; }
        ${script}
        COMP_WORDS=(ecapa tim) COMP_CWORD=1
        __ecapa_complete
        echo "\${COMPREPLY[@]}"
        complete -p ecapa`,
    });
    assert.deepEqual([stdout, stderr], ['timeline\ncomplete -o default -F __ecapa_complete ecapa\n', '']);
  });

  for (const [what, error, exitCode] of [
    ['wrong usage', new UsageError('--json and --format cannot both be given'), 2],
    ['a bad argument of core', new RangeError('windowSeconds: expected 0.5 to 30, got 90'), 2],
    ['a variable of the environment', new TypeError('ECAPA_RUNTIME: expected "auto", got "x"'), 2],
    ['a wrong call of core', new TypeError('windowSecond: there is no such option, only …'), 1],
    ['a mistake in the program', new TypeError("Cannot read properties of null (reading 'x')"), 1],
    ['an address that is none', new TypeError('Invalid URL'), 1],
  ] as const) {
    it(`exits with ${exitCode} for ${what}`, async () => {
      const write = process.stderr.write;
      process.stderr.write = () => true;
      try {
        reportFailure(error);
      } finally {
        process.stderr.write = write;
      }
      const code = process.exitCode;
      process.exitCode = undefined;
      assert.equal(code, exitCode);
    });
  }
});

describe('the details of an unexpected error', () => {
  it('are printed on --verbose, with what caused it', () => {
    const inner = new Error('the inner one');
    const write = process.stderr.write;
    let text = '';
    process.stderr.write = (chunk: string | Uint8Array) => {
      text += String(chunk);
      return true;
    };
    process.argv.push('--verbose');
    try {
      reportFailure(new TypeError('the outer one', { cause: inner }));
    } finally {
      process.argv.pop();
      process.stderr.write = write;
      process.exitCode = undefined;
    }
    assert.match(text, /unexpected error: the outer one\n/);
    assert.ok(text.includes(inner.stack ?? '?'));
    assert.match(text, /main\.test/);
  });
});

/** What `work` prints on standard output, by any of the ways there are. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  const { log } = console;
  const write = process.stdout.write;
  let text = '';
  console.log = (...lines: unknown[]) => {
    text += `${lines.join(' ')}\n`;
  };
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    await work();
  } finally {
    console.log = log;
    process.stdout.write = write;
  }
  return text;
}
