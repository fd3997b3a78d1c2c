/** Where FFmpeg's name for a demuxer is a list or an abbreviation few would know. */
const NAMES: Readonly<Record<string, string>> = {
  'mov,mp4,m4a,3gp,3g2,mj2': 'mp4',
  'matroska,webm': 'matroska',
  mpegts: 'mpeg-ts',
  mpeg: 'mpeg-ps',
  loas: 'latm',
  wv: 'wavpack',
  asf_o: 'asf',
};

/** One word for a container, from FFmpeg's demuxer name. */
export function containerName(demuxer: string): string {
  return NAMES[demuxer] ?? demuxer.split(',')[0] ?? demuxer;
}
