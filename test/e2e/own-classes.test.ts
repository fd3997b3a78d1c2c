import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecapa, jsonLines, type Ran } from './cli.js';
import { KINDS, wav, writeClips } from './sounds.js';

const LABELS = Object.keys(KINDS).sort();
const PYTHON = '/usr/bin/python3';

interface Proportion {
  readonly count: number;
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

interface TrainJson {
  readonly head: {
    readonly file: string;
    readonly id: string;
    readonly model: string;
    readonly labels: string[];
  };
  readonly clips: number;
  readonly report: {
    readonly C: number;
    readonly choseC: string;
    readonly split: { readonly method: string; readonly folds: number };
    readonly scores?: { readonly accuracy: Proportion; readonly confusion: number[][] };
    readonly suspects: readonly { readonly path: string; readonly looksLike: string }[];
    readonly copies: readonly { readonly path: string; readonly of: string }[];
    readonly warnings: readonly { readonly code: string }[];
  };
  readonly failures: readonly { readonly file: string; readonly error: { readonly code: string } }[];
}

interface EvaluateJson {
  readonly scores: {
    readonly accuracy: Proportion;
    readonly labels: string[];
    readonly confusion: number[][];
  };
  readonly files: readonly { readonly file: string; readonly label: string; readonly predicted: string }[];
  readonly strangers?: { readonly clips: number; readonly rejected: number };
  readonly notes: readonly string[];
}

describe('classes of one own', function () {
  this.timeout(120_000);
  let folder: string;
  let clips: string;
  let headFile: string;

  /** With a cache of our own, so that nothing is there before. */
  const run = (...args: string[]): Promise<Ran> =>
    ecapa(args, { env: { ECAPA_CACHE_DIR: join(folder, 'cache') } });
  const at = (...parts: string[]): string => join(folder, ...parts);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-own-'));
    clips = at('clips');
    headFile = at('own.json');
    writeClips(clips, 5);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('learns three classes of any name from five clips each, and reports how well', async () => {
    const { code, stdout, stderr } = await run('train', clips, '-o', headFile, '--json');
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const { head, clips: count, report, failures } = JSON.parse(stdout) as TrainJson;
    assert.deepEqual(head.labels, LABELS);
    assert.equal(head.id, 'own');
    assert.equal(count, 15);
    assert.deepEqual(report.split, { method: 'leave-one-out', folds: 15 });
    assert.equal(report.scores?.accuracy.total, 15);
    assert.ok((report.scores?.accuracy.count ?? 0) >= 13, stdout);
    assert.ok((report.scores?.accuracy.low ?? 1) < 0.81);
    assert.deepEqual(failures, []);
  });

  it('needs no audio the second time, and gives the same head to the last byte', async () => {
    const again = at('again', 'own.json');
    mkdirSync(at('again'));
    // A decoder that does not exist: whatever is not in the cache would fail.
    const page = at('training.html');
    const { code, stdout } = await run(
      ...['train', clips, '-o', again, '--html', page, '--ffmpeg', at('no-such-program')],
    );
    assert.equal(code, 0);
    const html = readFileSync(page, 'utf8');
    assert.match(html, /1\d of 15; 95 % interval/);
    assert.doesNotMatch(html, /<script/);
    assert.match(stdout, /accuracy +1\d of 15 = /);
    assert.match(stdout, /leave|left out in turn/);
    assert.deepEqual(readFileSync(again), readFileSync(headFile));
    const uncached = await run('train', clips, '-o', again, '--no-cache', '--ffmpeg', at('no-such-program'));
    assert.equal(uncached.code, 1);
  });

  it('classifies new clips with it', async () => {
    writeClips(at('new'), 3, 20);
    const { stdout, code } = await run('classify', '--json', at('new'), '--head', headFile);
    assert.equal(code, 0);
    const lines = jsonLines(stdout);
    assert.equal(lines.length, 9);
    const right = lines.filter(
      ({ file, label }) => label !== undefined && file.includes(`/${label}/`),
    ).length;
    assert.ok(right >= 8, stdout);
    assert.deepEqual(Object.keys(lines[0]?.probabilities ?? {}), LABELS);
  });

  it('evaluates it: text, JSON and a page with plots', async () => {
    const page = at('report.html');
    const { stdout, code } = await run('evaluate', at('new'), '--head', headFile, '--json', '--html', page);
    assert.equal(code, 0);
    const { scores, files, notes } = JSON.parse(stdout) as EvaluateJson;
    assert.deepEqual(scores.labels, LABELS);
    assert.equal(scores.accuracy.total, 9);
    assert.equal(files.filter(({ label, predicted }) => label === predicted).length, scores.accuracy.count);
    assert.deepEqual(notes, []);
    const html = readFileSync(page, 'utf8');
    assert.equal(html.match(/<figure>/g)?.length, 2);
    assert.ok(html.includes('heißer Dampf') && !html.includes('<script'));
    const text = await run('evaluate', clips, '--head', headFile);
    assert.match(text.stdout, /trained on 15 of these 15 clips, so the scores are too good/);
  });

  it('counts clips of a folder "unknown" apart, and refuses labels the head lacks', async () => {
    const rejecting = at('rejecting.json');
    writeClips(at('more'), 12);
    await run('train', at('more'), '-o', rejecting, '--reject', 'distance');
    const mixed = at('mixed');
    writeClips(mixed, 2, 30, LABELS.slice(0, 1));
    mkdirSync(join(mixed, 'unknown'));
    for (const k of [1, 2, 3]) {
      const sweep = wav(2, (i) => 0.4 * Math.sin((2 * Math.PI * (100 * k + (i * k) / 40) * i) / 16_000));
      writeFileSync(join(mixed, 'unknown', `${k}.wav`), sweep);
    }
    const { stdout, code } = await run('evaluate', mixed, '--head', rejecting, '--json');
    assert.equal(code, 0);
    const { strangers, scores, notes } = JSON.parse(stdout) as EvaluateJson;
    assert.equal(strangers?.clips, 3);
    assert.equal(scores.accuracy.total, 2);
    assert.match(notes.join(), /no clip of/);
    mkdirSync(join(mixed, 'zebra'));
    copyFileSync(join(mixed, 'unknown', '1.wav'), join(mixed, 'zebra', '1.wav'));
    const refused = await run('evaluate', mixed, '--head', rejecting);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /"zebra" is not a class of head.*\[LABEL_UNKNOWN\]/);
  });

  it('explains a verdict by the nearest training clips', async () => {
    const file = join(clips, LABELS[0] ?? '', '3.wav');
    const { stdout, code } = await run(
      'explain',
      file,
      at('none.wav'),
      '--head',
      headFile,
      '--json',
      '-n',
      '4',
    );
    assert.equal(code, 1);
    const [explained, failed] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const neighbours = explained?.neighbours as { path: string; similarity: number }[];
    assert.equal(neighbours.length, 4);
    assert.equal(neighbours[0]?.path, `${LABELS[0]}/3.wav`);
    assert.ok(Math.abs((neighbours[0]?.similarity ?? 0) - 1) < 1e-6);
    assert.equal((explained?.nearestOfEach as unknown[] | undefined)?.length, 3);
    assert.equal((failed?.error as { code: string } | undefined)?.code, 'FILE_NOT_FOUND');
    const text = await run('explain', file, '--head', headFile);
    assert.match(text.stdout, /most alike among the training clips/);
  });

  it('exports it to ONNX, JSON and scikit-learn', async () => {
    for (const format of ['onnx', 'json', 'sklearn']) {
      const { code, stdout, stderr } = await run(
        'export',
        format,
        '--head',
        headFile,
        '-o',
        at(`exported.${format}`),
      );
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.equal(stdout, `Written: ${at(`exported.${format}`)}\n`);
    }
    const refused = await run('export', 'json', '--head', headFile, '-o', headFile);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /is the head itself/);
  });

  it("is opened by scikit-learn's joblib, which gives the same result for the same embedding", async function () {
    if (spawnSync(PYTHON, ['-c', 'import sklearn, joblib']).status !== 0) {
      console.log(`      skipped: ${PYTHON} has no scikit-learn`);
      this.skip();
    }
    const file = join(at('new'), LABELS[1] ?? '', '20.wav');
    const [verdict] = jsonLines((await run('classify', '--json', file, '--head', headFile)).stdout);
    const [embedded] = jsonLines((await run('embed', '--json', file)).stdout);
    const script =
      'import sys, json, joblib; m = joblib.load(sys.argv[1]); p = m.predict_proba([json.load(sys.stdin)])[0]; ' +
      'print(json.dumps(dict(zip(m.classes_.tolist(), p.tolist()))))';
    const { stdout } = spawnSync(PYTHON, ['-W', 'ignore', '-c', script, at('exported.sklearn')], {
      input: JSON.stringify(embedded?.embedding),
      encoding: 'utf8',
    });
    const theirs = JSON.parse(stdout) as Record<string, number>;
    for (const label of LABELS) {
      assert.ok(Math.abs((theirs[label] ?? 0) - (verdict?.probabilities?.[label] ?? 1)) < 1e-6);
    }
  });

  it('reads lists, and keeps the clips of a group together', async () => {
    const rows = LABELS.flatMap((label) =>
      [0, 1, 2, 3].map((k) => `clips/${label}/${k}.wav,${label},"${label} ${k >> 1}"`),
    );
    writeFileSync(at('list.csv'), `path,label,group\n${rows.join('\n')}\n`);
    const { stdout, code } = await run('train', at('list.csv'), '-o', at('list.json'), '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as TrainJson).report.split.folds, 6);
  });

  it('finds the clip in the wrong folder', async () => {
    const messy = at('messy');
    writeClips(messy, 6);
    const [right = '', wrong = ''] = LABELS;
    copyFileSync(join(messy, right, '0.wav'), join(messy, wrong, 'stray.wav'));
    rmSync(join(messy, right, '0.wav'));
    const { stdout } = await run('train', messy, '-o', at('messy.json'), '--json');
    const [suspect] = (JSON.parse(stdout) as TrainJson).report.suspects;
    assert.deepEqual([suspect?.path, suspect?.looksLike], [`${wrong}/stray.wav`, right]);
  });

  describe('bad input', () => {
    async function refused(args: readonly string[], code: string, pattern: RegExp): Promise<void> {
      const output = at('must-not-be.json');
      const { code: exit, stdout, stderr } = await run(...args, '-o', output);
      assert.equal(exit, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, pattern);
      assert.ok(stderr.trimEnd().endsWith(`[${code}]`), stderr);
      assert.ok(!existsSync(output));
    }

    it('one class only', async () => {
      writeClips(at('one'), 3, 0, LABELS.slice(0, 1));
      await refused(['train', at('one')], 'TOO_FEW_CLASSES', /one class/);
    });

    it('no sub-folders, an empty one, and nothing at all', async () => {
      await refused(['train', join(clips, LABELS[0] ?? '')], 'TOO_FEW_CLASSES', /no sub-folders/);
      writeClips(at('gap'), 2);
      mkdirSync(at('gap', 'void'));
      await refused(['train', at('gap')], 'NO_AUDIO_FILES', /void/);
      await refused(['train', at('nowhere')], 'FILE_NOT_FOUND', /nowhere/);
    });

    it('the same file in two classes', async () => {
      const twice = at('twice');
      writeClips(twice, 2);
      const [a = '', b = ''] = LABELS;
      copyFileSync(join(twice, a, '1.wav'), join(twice, b, 'copy.wav'));
      await refused(['train', twice], 'CLIP_IN_TWO_CLASSES', /copy\.wav|1\.wav/);
    });

    it('a list with a mistake', async () => {
      writeFileSync(at('bad.csv'), 'path;label\nx.wav;y\n');
      await refused(['train', at('bad.csv')], 'CLIP_LIST_INVALID', /no "path"/);
    });

    it('a class of which no clip can be read', async () => {
      const broken = at('broken');
      writeClips(broken, 2, 0, LABELS.slice(0, 1));
      mkdirSync(join(broken, 'text'));
      writeFileSync(join(broken, 'text', 'a.wav'), 'not audio at all');
      await refused(['train', broken], 'TOO_FEW_CLASSES', /left out/);
    });

    it('some clips that cannot be read: trains on the rest, names them, exits with 1', async () => {
      const partly = at('partly');
      writeClips(partly, 4);
      const [a = ''] = LABELS;
      writeFileSync(join(partly, a, 'text.wav'), 'not audio at all');
      writeFileSync(
        join(partly, a, 'silent.wav'),
        wav(1, () => 0),
      );
      const { code, stdout } = await run('train', partly, '-o', at('partly.json'), '--json');
      assert.equal(code, 1);
      const { failures, clips: count } = JSON.parse(stdout) as TrainJson;
      assert.deepEqual(
        failures.map(({ file, error }) => [file, error.code]),
        [
          [`${a}/silent.wav`, 'NO_SAMPLES'],
          [`${a}/text.wav`, 'NOT_AUDIO'],
        ],
      );
      assert.equal(count, 12);
    });

    it('one clip a class: a head, and the admission that nothing is known of it', async () => {
      writeClips(at('single'), 1);
      const { stdout, code } = await run('train', at('single'), '-o', at('single.json'), '--json');
      assert.equal(code, 0);
      const { report } = JSON.parse(stdout) as TrainJson;
      assert.ok(
        report.warnings.some(
          (warning) => warning.code === 'class-not-tested' || warning.code === 'not-tested',
        ),
      );
    });

    it('a place that cannot be written to', async () => {
      const { code, stderr } = await run('train', clips, '-o', at('no', 'folder', 'own.json'));
      assert.equal(code, 1);
      assert.match(stderr, /\[WRITE_FAILED\]/);
    });

    it('a head for another model, a damaged one and one that is none', async () => {
      const text = readFileSync(headFile, 'utf8');
      const file = join(clips, LABELS[0] ?? '', '0.wav');
      writeFileSync(at('edited.json'), text.replace(/"modelId": "[^"]*"/, '"modelId": "another"'));
      const edited = await run('classify', file, '--head', at('edited.json'));
      assert.equal(edited.code, 1);
      assert.match(edited.stderr, /\[CHECKSUM_MISMATCH\]/);
      writeFileSync(at('cut.json'), text.slice(0, text.length / 2));
      assert.match((await run('explain', file, '--head', at('cut.json'))).stderr, /\[HEAD_INVALID\]/);
      assert.match(
        (await run('export', 'json', '--head', at('nil.json'), '-o', at('x.json'))).stderr,
        /\[HEAD_NOT_FOUND\]/,
      );
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.tmp')),
        [],
      );
    });

    it('wrong usage', async () => {
      for (const args of [
        ['train', clips],
        ['train', clips, '-o', at('x.json'), '--c', '-1'],
        ['train', clips, '-o', at('x.json'), '--reject', 'maybe'],
        ['train', clips, '-o', at('x.json'), '--exclusive', 'a,b', '--no-presence'],
        ['export', 'pdf'],
        ['explain'],
      ]) {
        const { code } = await run(...args);
        assert.equal(code, 2, args.join(' '));
      }
    });
  });
});
