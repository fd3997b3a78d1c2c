import { access, constants, mkdir } from 'node:fs/promises';
import { locateDecoder } from '../audio/wasm-module.js';
import { isEcapaError } from '../errors.js';
import { type RuntimeChoice, runtimeChoice } from '../model/session/runtime-choice.js';
import { cacheDirectory, locateModel } from '../models/locate.js';
import { verifyModel } from '../models/verify.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { SILENCE_LABEL } from '../types.js';
import { Classifier } from './classifier.js';

/** One thing that an installation needs, and how it is. */
export interface Diagnosis {
  readonly subject: 'node' | 'decoder' | 'model' | 'runtime' | 'classification' | 'cache';
  /** `note`: it works, though not as well as it could. */
  readonly state: 'ok' | 'note' | 'problem';
  /** What was found. */
  readonly detail: string;
  /** What to do about it, for notes and problems. */
  readonly advice?: string;
}

/** What `diagnose` looks at, as `ClassifierOptions` has them. */
export interface DiagnoseOptions {
  readonly model?: string;
  readonly runtime?: RuntimeChoice;
}

/**
 * Looks at an installation from the bottom up: this Node, the decoder, the model's checksum, the inference runtime in a
 * worker process, one classification, and the cache folder. Yields as it goes; never throws for what it finds.
 * Throws TypeError for a runtime that there is not, also when ECAPA_RUNTIME names it.
 */
export async function* diagnose(options: DiagnoseOptions = {}): AsyncGenerator<Diagnosis> {
  runtimeChoice(options.runtime); // a wrong value is the caller's mistake, not a fault of the installation
  yield nodeDiagnosis();
  yield await attempt('decoder', async () => ok('decoder', locateDecoder()));
  yield await attempt('model', async () => {
    const directory = await locateModel(options.model);
    const { id, dimension } = await verifyModel(directory);
    return ok('model', `${id}, ${dimension} values, checksum as recorded, in ${directory}`);
  });
  yield* engineDiagnoses(options);
  yield await cacheDiagnosis();
}

function nodeDiagnosis(): Diagnosis {
  const { node, bun, deno } = process.versions;
  const host = bun !== undefined ? `Bun ${bun}, ` : deno !== undefined ? `Deno ${deno}, ` : '';
  return ok('node', `${host}Node ${node} on ${process.platform}-${process.arch}`);
}

async function* engineDiagnoses({ model, runtime }: DiagnoseOptions): AsyncGenerator<Diagnosis> {
  let classifier: Classifier;
  const startedAt = performance.now();
  try {
    classifier = await Classifier.open({
      workers: 1,
      ...(model === undefined ? {} : { model }),
      ...(runtime === undefined ? {} : { runtime }),
    });
  } catch (error) {
    yield problem('runtime', error);
    return;
  }
  try {
    const { name, version, reason } = classifier.model.runtime;
    const detail = `ONNX Runtime ${version}, ${name === 'native' ? 'native library' : 'WebAssembly'}, loaded in ${seconds(startedAt)}`;
    if (reason === undefined || reason.code === 'requested') yield ok('runtime', detail);
    else {
      yield {
        subject: 'runtime',
        state: 'note',
        detail: `${detail}, because ${reason.message}`,
        advice:
          reason.code === 'load-failed'
            ? 'Verdicts are the same and take several times as long. Install the package again, or what the reason names, for the native library.'
            : 'Verdicts are the same and take several times as long; nothing needs to be done.',
      };
    }
    yield await attempt('classification', async () => {
      const since = performance.now();
      const { label } = await classifier.classify(hum(), { name: 'a hum' });
      if (label === SILENCE_LABEL) throw new Error('a second of hum was heard as silence');
      return ok('classification', `a second of hum classified in ${seconds(since)}`);
    });
  } finally {
    await classifier.close();
  }
}

async function cacheDiagnosis(): Promise<Diagnosis> {
  const directory = cacheDirectory();
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    return ok('cache', `${directory} can be written`);
  } catch (error) {
    return {
      subject: 'cache',
      state: 'note',
      detail: `${directory} cannot be written (${messageOf(error)})`,
      advice: 'Models cannot be pulled. Make the folder writable, or name another one as ECAPA_CACHE_DIR.',
    };
  }
}

/** A second of a 120 Hz hum with some of its overtones, 16 kHz. */
function hum(): { samples: Float32Array; sampleRate: number; channels: number } {
  const samples = Float32Array.from({ length: SAMPLE_RATE_HZ }, (_, index) => {
    const phase = (2 * Math.PI * 120 * index) / SAMPLE_RATE_HZ;
    return 0.2 * Math.sin(phase) + 0.1 * Math.sin(3 * phase) + 0.05 * Math.sin(7 * phase);
  });
  return { samples, sampleRate: SAMPLE_RATE_HZ, channels: 1 };
}

async function attempt(subject: Diagnosis['subject'], look: () => Promise<Diagnosis>): Promise<Diagnosis> {
  try {
    return await look();
  } catch (error) {
    return problem(subject, error);
  }
}

function ok(subject: Diagnosis['subject'], detail: string): Diagnosis {
  return { subject, state: 'ok', detail };
}

function problem(subject: Diagnosis['subject'], error: unknown): Diagnosis {
  const code = isEcapaError(error) ? ` [${error.code}]` : '';
  return {
    subject,
    state: 'problem',
    detail: `${messageOf(error)}${code}`,
    advice: 'Install the package again; if that does not help, report this text.',
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
