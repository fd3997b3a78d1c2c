/** A frame of MPEG audio or AAC in ADTS, as described by its header. */
export interface MpegAudioFrame {
  readonly bytes: number;
  readonly samples: number;
  readonly sampleRate: number;
}

/** Kilobits a second by index from 1; ISO/IEC 11172-3, 2.4.2.3 and 13818-3, 2.4.2.3. */
const BIT_RATES = {
  'MPEG 1, layer 1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  'MPEG 1, layer 2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  'MPEG 1, layer 3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  'MPEG 2, layer 1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  'MPEG 2, layer 2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  'MPEG 2, layer 3': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const MPEG_RATES_HZ = [44_100, 48_000, 32_000];
const AAC_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

/** The frame that begins with these bytes (six of them are enough); undefined where none does. */
export function mpegAudioFrame(head: Uint8Array): MpegAudioFrame | undefined {
  const [sync, version = 0] = head;
  if (head.length < 6 || sync !== 0xff || (version & 0xe0) !== 0xe0) return undefined;
  return (version & 0xf6) === 0xf0 ? adtsFrame(head) : mpegFrame(head);
}

/** ISO/IEC 14496-3, 1.A.2.2: the length is thirteen bits across three bytes. */
function adtsFrame([, , b2 = 0, b3 = 0, b4 = 0, b5 = 0]: Uint8Array): MpegAudioFrame | undefined {
  const bytes = ((b3 & 0x03) << 11) | (b4 << 3) | (b5 >> 5);
  const sampleRate = AAC_RATES_HZ[(b2 >> 2) & 0x0f];
  return sampleRate === undefined || bytes < 7 ? undefined : { bytes, samples: 1024, sampleRate };
}

function mpegFrame([, version = 0, rates = 0]: Uint8Array): MpegAudioFrame | undefined {
  const isFirst = (version & 0x18) === 0x18;
  const layer = 4 - ((version >> 1) & 0x03);
  if ((version & 0x18) === 0x08 || layer === 4) return undefined;
  const divisor = isFirst ? 1 : (version & 0x18) === 0x10 ? 2 : 4;
  const kilobits = BIT_RATES[`MPEG ${isFirst ? 1 : 2}, layer ${layer as 1 | 2 | 3}`][(rates >> 4) - 1];
  const rate = MPEG_RATES_HZ[(rates >> 2) & 0x03];
  if (kilobits === undefined || rate === undefined) return undefined;
  const sampleRate = rate / divisor;
  const padding = (rates >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && !isFirst ? 576 : 1152;
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples * 1000 * kilobits) / (8 * slotBytes * sampleRate)) + padding;
  return { bytes: slots * slotBytes, samples, sampleRate };
}
