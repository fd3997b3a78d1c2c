import { join } from 'node:path';
import { EcapaError, isEcapaError } from '../../errors.js';
import { hashFile, readRegularFile } from '../../files.js';
import { type EcapaWeights, ecapaWeightsFromStateDict } from '../../model/ecapa-weights.js';
import type { ModelInfo, Quantization } from '../../model/model-file.js';
import { writeEcapaModel } from '../../model/write-ecapa-model.js';
import type { Hyperparams } from './hyperparams.js';
import { loadTorchCheckpoint } from './torch-zip.js';

export const CHECKPOINT_FILE = 'embedding_model.ckpt';
export const HYPERPARAMS_FILE = 'hyperparams.yaml';

/** Id of SpeechBrain's spkrec-ecapa-voxceleb, and the checkpoint of the hub that it stands for. */
const VOXCELEB = {
  id: 'voxceleb',
  sha256: '0575cb64845e6b9a10db9bcb74d5ac32b326b8dc90352671d345e2ee3d0126a2',
};
const MAX_HYPERPARAMS_BYTES = 1 << 20;

/** Where the checkpoint lies, where the model is written, and how its weights are stored. */
export interface ImportSpeechbrainOptions {
  /**
   * Id of the model; heads name it. Default: `voxceleb` for the hub's own checkpoint, else `speechbrain-` and
   * the beginning of the checkpoint's hash, so that two checkpoints never pass for one.
   */
  readonly id?: string;
  /** How weights are kept. Default `none`: float32. */
  readonly quantize?: Quantization;
}

/** What an import has written, and what it found. */
export interface ImportedModel {
  readonly info: ModelInfo;
  /** False when there was no hyperparams.yaml, and SpeechBrain's default dilations were taken. */
  readonly hasHyperparams: boolean;
}

/**
 * Turns a SpeechBrain ECAPA-TDNN (`embedding_model.ckpt` and `hyperparams.yaml` in one folder) into a model
 * directory: `model.onnx` from 16 kHz waveform to embedding, and `model.json`. Nothing in either file is executed.
 *
 * Throws `FILE_NOT_FOUND`, `CHECKPOINT_INVALID`, `PICKLE_FORBIDDEN`, `PICKLE_INVALID`, `UNSUPPORTED_ARCHITECTURE`
 * naming what differs, and `WRITE_FAILED`, `DISK_FULL` or `PERMISSION_DENIED`; nothing is left half-written.
 */
export async function importSpeechbrain(
  directory: string,
  outputDirectory: string,
  options: ImportSpeechbrainOptions = {},
): Promise<ImportedModel> {
  const checkpoint = join(directory, CHECKPOINT_FILE);
  const hyperparams = await loadHyperparams(join(directory, HYPERPARAMS_FILE));
  const tensors = await loadTorchCheckpoint(checkpoint);
  const weights = ecapaWeightsFromStateDict(tensors, {
    file: checkpoint,
    ...(hyperparams?.dilations === undefined ? {} : { dilations: hyperparams.dilations }),
  });
  if (hyperparams !== undefined) checkPromises(hyperparams, weights, join(directory, HYPERPARAMS_FILE));
  const sha256 = await hashFile(checkpoint);
  const id = options.id ?? (sha256 === VOXCELEB.sha256 ? VOXCELEB.id : `speechbrain-${sha256.slice(0, 12)}`);
  if (!/^[\w.-]{1,64}$/.test(id))
    throw new RangeError(`id: expected letters, digits, dots and dashes, got "${id}"`);
  const info = await writeEcapaModel({
    directory: outputDirectory,
    weights,
    id,
    licence: sha256 === VOXCELEB.sha256 ? 'Apache-2.0' : "the checkpoint's own",
    source: `SpeechBrain checkpoint ${CHECKPOINT_FILE}, sha256 ${sha256}`,
    ...(options.quantize === undefined ? {} : { quantize: options.quantize }),
    details: { checkpointSha256: sha256 },
  });
  return { info, hasHyperparams: hyperparams !== undefined };
}

async function loadHyperparams(file: string): Promise<Hyperparams | undefined> {
  const { parseHyperparams } = await import('./hyperparams.js'); // brings a YAML parser, which nothing else needs
  try {
    const text = await readRegularFile(file, { maximumBytes: MAX_HYPERPARAMS_BYTES });
    return parseHyperparams(text.toString('utf8'), file);
  } catch (error) {
    if (isEcapaError(error) && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The two files must describe the same network: otherwise one of them belongs to another. */
function checkPromises(promised: Hyperparams, weights: EcapaWeights, file: string): void {
  const { input, residualBlocks, aggregation, attention, output } = weights;
  const layers = [input, ...residualBlocks.map(({ tdnn2 }) => tdnn2), ...(aggregation ? [aggregation] : [])];
  const found = {
    channels: layers.map(({ conv }) => conv.outputs),
    attentionChannels: attention.tdnn.conv.outputs,
    embeddingSize: output.outputs,
  };
  for (const name of ['channels', 'attentionChannels', 'embeddingSize'] as const) {
    const [declared, is] = [promised[name], found[name]];
    if (declared !== undefined && String(declared) !== String(is)) {
      throw new EcapaError(
        'CHECKPOINT_INVALID',
        `${file}: it has ${name} ${String(declared)}, and ${CHECKPOINT_FILE} beside it has ${String(is)}. The two files belong to different models: download both again.`,
        { file },
      );
    }
  }
}
