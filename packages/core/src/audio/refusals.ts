import { EcapaError, type ErrorCode } from '../errors.js';

/** What is known of the file that is refused. */
export interface RefusalDetails {
  readonly codec?: string;
  readonly container?: string;
  readonly channels?: number;
  readonly sampleRate?: number;
  /** What was found instead, or what the decoder reported. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** The error for an input that cannot be decoded: it names the file, the reason and what to do. */
export function refusal(code: ErrorCode, name: string, details: RefusalDetails = {}): EcapaError {
  return new EcapaError(code, `${name}: ${messageOf(code, details)}`, { file: name, cause: details.cause });
}

function messageOf(
  code: ErrorCode,
  { codec, container, channels, sampleRate, reason }: RefusalDetails,
): string {
  const detail = reason ? ` (${reason})` : '';
  switch (code) {
    case 'NOT_AUDIO':
      return `this is ${reason || 'content of an unknown kind'}, not audio. Give an audio or video file.`;
    case 'NO_AUDIO_STREAM':
      return `the ${container || 'file'} holds no audio stream, only pictures or data. Give a file with sound.`;
    case 'NO_SAMPLES':
      return 'it holds an audio stream without a single sample. Record or export it again.';
    case 'UNSUPPORTED_CODEC':
      return `its audio is coded as ${codec || 'something unknown'}, for which there is no decoder here. Convert it to WAV, FLAC or MP3, or name a full ffmpeg program to decode with.`;
    case 'UNSUPPORTED_LAYOUT':
      return `its header claims ${channels ?? '?'} channels at ${sampleRate ?? '?'} Hz; 1 to 64 channels at 1000 to 768000 Hz can be read. If that cannot be right the header is damaged: export the file again.`;
    case 'NO_SUCH_CHANNEL':
      return `it has ${channels === 1 ? 'one channel' : `${channels ?? '?'} channels`} where channel ${reason} is asked for. Choose another one, or the mix.`;
    case 'NO_SUCH_TRACK':
      return `it has no such audio track${detail}. Choose another one, or leave the choice out.`;
    case 'CORRUPT_AUDIO':
      return `its ${codec || container || 'audio'} data is damaged${detail} and cannot be decoded. Export or download the file again.`;
    case 'NON_FINITE_SAMPLES':
      return `it contains samples that are not usable numbers${detail}: NaN, infinite or beyond 2^32. Repair or export it again with finite samples.`;
    case 'DECODER_FAILED':
      return `the decoder cannot handle this file${detail}; it is damaged or uses a rare feature. Convert it to WAV or FLAC and try again.`;
    default:
      return `it cannot be decoded${detail}.`;
  }
}
