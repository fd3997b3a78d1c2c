import { EcapaError } from '../errors.js';
import { readRegularFile } from '../files.js';

const MAX_MANIFEST_BYTES = 1 << 20;

/** A file that `pull` downloads, pinned by content. */
export interface RemoteFile {
  readonly name: string;
  /** Size, when it is known beforehand; nothing larger is taken. */
  readonly bytes?: number;
  readonly sha256: string;
}

/** A model of the manifest: shipped inside `models/`, or to be pulled and converted. */
export interface ManifestModel {
  readonly id: string;
  readonly description: string;
  readonly licence: string;
  readonly dimension: number;
  readonly sampleRateHz: number;
  /** Shipped: folder beside the manifest with `model.onnx` and `model.json`. */
  readonly directory?: string;
  /** Shipped: hash of `model.onnx`. */
  readonly sha256?: string;
  /** Pulled: what to download, and from where: `hub`/`path`/file name. A mirror takes the place of `hub`. */
  readonly pull?: { readonly hub: string; readonly path: string; readonly files: readonly RemoteFile[] };
}

/** A head that the manifest lists: its id, its model and its file or address. */
export interface ManifestHead {
  readonly id: string;
  readonly modelId: string;
  /** File beside the manifest. */
  readonly file: string;
  /** Of a head that others made: its licence, a file beside the manifest. */
  readonly licenceFile?: string;
  readonly description: string;
}

/** `models/manifest.json`. */
export interface Manifest {
  readonly defaultModel: string;
  readonly defaultHead: string;
  readonly models: readonly ManifestModel[];
  readonly heads: readonly ManifestHead[];
}

/** Reads and checks a manifest. Throws `MODEL_INVALID` when it is not one. */
export async function loadManifest(path: string): Promise<Manifest> {
  let value: unknown;
  try {
    const bytes = await readRegularFile(path, { maximumBytes: MAX_MANIFEST_BYTES });
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new EcapaError(
      'MODEL_INVALID',
      `${path}: the model manifest cannot be read. Reinstall the package.`,
      {
        file: path,
        cause,
      },
    );
  }
  const manifest = value as Partial<Manifest> & { format?: unknown; version?: unknown };
  if (
    manifest?.format !== 'ecapa-manifest' ||
    manifest.version !== 1 ||
    !Array.isArray(manifest.models) ||
    !Array.isArray(manifest.heads)
  ) {
    throw new EcapaError(
      'MODEL_INVALID',
      `${path}: not an ecapa manifest of version 1. Reinstall the package.`,
      { file: path },
    );
  }
  return manifest as Manifest;
}
