import { isAlias, isMap, isScalar, type Node, parseDocument, type YAMLMap } from 'yaml';
import { EcapaError } from '../../errors.js';

/** What a SpeechBrain `hyperparams.yaml` adds to the tensors' shapes. */
export interface Hyperparams {
  /** Dilation of each block and of the aggregation; absent when the file leaves it to SpeechBrain. */
  readonly dilations?: readonly number[];
  /** Widths the file promises, to be compared with the tensors. */
  readonly channels?: readonly number[];
  readonly kernelSizes?: readonly number[];
  readonly attentionChannels?: number;
  readonly embeddingSize?: number;
}

const EMBEDDING_CLASS = 'speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN';
const FEATURES_CLASS = 'speechbrain.lobes.features.Fbank';
const NORMALIZATION_CLASS = 'speechbrain.processing.features.InputNormalization';

/**
 * The front end as it is built here: SpeechBrain's defaults (lobes/features.py `Fbank`,
 * processing/features.py `STFT`, `Filterbank`, `InputNormalization`). Any other value changes every
 * embedding. Deltas, context and requires_grad widen or train the features; frames to the left and right count
 * with context alone.
 */
const FRONT_END: Readonly<Record<string, unknown>> = {
  n_mels: 80,
  sample_rate: 16_000,
  n_fft: 400,
  win_length: 25,
  hop_length: 10,
  f_min: 0,
  f_max: 8000,
  filter_shape: 'triangular',
  param_change_factor: 1,
  param_rand_factor: 0,
  deltas: false,
  context: false,
};
const NORMALIZATION: Readonly<Record<string, unknown>> = {
  norm_type: 'sentence',
  std_norm: false,
  mean_norm: true,
};
/** Options of ECAPA_TDNN that the graph builder has one value for. */
const ARCHITECTURE: Readonly<Record<string, unknown>> = { input_size: 80, global_context: true };

/**
 * Reads a `hyperparams.yaml` as data. Its `!new:` and `!name:` tags, which make SpeechBrain build Python objects,
 * are only compared with the names of known classes; nothing is constructed or executed.
 *
 * Throws `UNSUPPORTED_ARCHITECTURE` naming the setting that differs, `CHECKPOINT_INVALID` for broken YAML.
 */
export function parseHyperparams(text: string, file: string): Hyperparams {
  const document = parseDocument(text, { logLevel: 'silent', strict: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined || !isMap(document.contents)) {
    throw new EcapaError(
      'CHECKPOINT_INVALID',
      `${file}: not a SpeechBrain hyperparams file (${error?.message.split('\n')[0] ?? 'it holds no settings'}). Download it again.`,
      { file },
    );
  }
  const root = document.contents;
  const reader = new SettingsReader(root, file);
  const embedding = reader.object('embedding_model', EMBEDDING_CLASS);
  reader.expect('embedding_model', embedding, ARCHITECTURE);
  reader.expect('compute_features', reader.object('compute_features', FEATURES_CLASS), FRONT_END);
  reader.expect('mean_var_norm', reader.object('mean_var_norm', NORMALIZATION_CLASS), NORMALIZATION);
  const numbers = (name: string): readonly number[] | undefined => reader.numbers(embedding, name);
  const [dilations, channels, kernelSizes] = [
    numbers('dilations'),
    numbers('channels'),
    numbers('kernel_sizes'),
  ];
  const [attentionChannels] = numbers('attention_channels') ?? [];
  const [embeddingSize] = numbers('lin_neurons') ?? [];
  return {
    ...(dilations === undefined ? {} : { dilations }),
    ...(channels === undefined ? {} : { channels }),
    ...(kernelSizes === undefined ? {} : { kernelSizes }),
    ...(attentionChannels === undefined ? {} : { attentionChannels }),
    ...(embeddingSize === undefined ? {} : { embeddingSize }),
  };
}

class SettingsReader {
  readonly #root: YAMLMap;
  readonly #file: string;

  constructor(root: YAMLMap, file: string) {
    this.#root = root;
    this.#file = file;
  }

  /** The settings under a top-level key, which must be of the expected class; undefined when it is absent. */
  object(key: string, className: string): YAMLMap | undefined {
    const node = this.#root.get(key, true) as Node | undefined;
    if (node === undefined) return undefined;
    const tag = (node.tag ?? '').replace(/^!(new|name):/, '');
    if (tag !== className)
      throw this.#unsupported(`${key} is ${tag === '' ? 'not an object' : tag}, not ${className}`);
    return isMap(node) ? node : undefined;
  }

  /** Refuses any of these settings that the file gives another value. */
  expect(key: string, settings: YAMLMap | undefined, expected: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(expected)) {
      const given = this.#value(settings?.get(name, true));
      if (given !== undefined && given !== value) {
        throw this.#unsupported(
          `${key}.${name} is ${JSON.stringify(given)}, and only ${JSON.stringify(value)} can be built`,
        );
      }
    }
  }

  numbers(settings: YAMLMap | undefined, name: string): readonly number[] | undefined {
    const value = this.#value(settings?.get(name, true));
    if (value === undefined || value === null) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (list.length > 64 || !list.every((item) => Number.isSafeInteger(item) && item > 0)) {
      throw this.#unsupported(`embedding_model.${name} is ${JSON.stringify(value)}, not whole numbers`);
    }
    return list as number[];
  }

  /** Plain data of a node; `!ref <name>` leads to the top-level setting of that name. */
  #value(node: unknown, depth = 0): unknown {
    if (node === undefined || depth > 8) return undefined;
    if (isAlias(node)) return undefined;
    if (isScalar(node)) {
      const reference = node.tag === '!ref' ? /^<([\w.]+)>$/.exec(String(node.value))?.[1] : undefined;
      return reference === undefined ? node.value : this.#value(this.#root.get(reference, true), depth + 1);
    }
    return (node as { toJSON?: () => unknown }).toJSON?.();
  }

  #unsupported(difference: string): EcapaError {
    return new EcapaError(
      'UNSUPPORTED_ARCHITECTURE',
      `${this.#file}: ${difference}. Only SpeechBrain's ECAPA-TDNN with its default front end can be imported.`,
      { file: this.#file },
    );
  }
}
