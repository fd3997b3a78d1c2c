export {
  EcapaError,
  type EcapaErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  type ErrorData,
  fromErrorData,
  isEcapaError,
  toErrorData,
} from './errors.js';
export {
  HEAD_FILE_FORMAT,
  HEAD_FILE_VERSION,
  loadHead,
  parseHead,
  saveHead,
  serializeHead,
} from './head/head-file.js';
export { checkModel, predict } from './head/predict.js';
export {
  type Embedding,
  type Head,
  type InputNorm,
  type Prediction,
  type Progress,
  type Rejection,
  type Segment,
  SILENCE_LABEL,
  type Span,
  UNKNOWN_LABEL,
  type Waveform,
} from './types.js';
