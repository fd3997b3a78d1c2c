/** Models and heads as files: reads and writes those of PyTorch, scikit-learn and ONNX, and runs a model in this process. */
export { measureQuantizationLoss } from './engine/quantization-loss.js';
export { exportJson } from './interop/json/export-json.js';
export { exportOnnx } from './interop/onnx/export-onnx.js';
export { type ImportSpeechbrainOptions, importSpeechbrain } from './interop/pytorch/speechbrain.js';
export { loadTorchCheckpoint } from './interop/pytorch/torch-zip.js';
export { DEFAULT_SKLEARN_VERSION, exportSklearn } from './interop/sklearn/export-sklearn.js';
export { type ImportSklearnOptions, importSklearn, parseSklearn } from './interop/sklearn/sklearn.js';
export { ecapaWeightsFromStateDict, type StateDictOptions } from './model/ecapa-weights.js';
export { type Embedder, openEmbedder } from './model/embedder.js';
export { writeEcapaModel } from './model/write-ecapa-model.js';
