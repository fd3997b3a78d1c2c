/** Bytes that `tagBytes` wants to see. */
export const TAG_HEAD_BYTES = 32;

/** Length of the ID3v2, ID3v1 or APEv2 tag that begins here; 0 where none does. */
export function tagBytes(head: Uint8Array): number {
  if (head.length < TAG_HEAD_BYTES) return 0;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const magic = new TextDecoder('latin1').decode(head.subarray(0, 8));
  if (magic.startsWith('ID3')) {
    // ID3v2.4, 3.1: seven bits of each byte; the footer is as long as the header.
    if (head.subarray(6, 10).some((byte) => byte >= 0x80)) return 0;
    const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (head[at] ?? 0), 0);
    return 10 + size + (((head[5] ?? 0) & 0x10) !== 0 ? 10 : 0);
  }
  if (magic.startsWith('TAG')) return 128;
  if (magic === 'APETAGEX') return 32 + view.getUint32(12, true);
  return 0;
}
