import { withoutPassword } from '../login.js';

/** Longer than any address that somebody would type. */
const MOST_CHARACTERS = 500;
const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\/\S+$/i;

/** True for text that is a playlist: M3U, PLS, ASX, XSPF, or addresses alone. */
export function isPlaylist(text: string): boolean {
  const start = text.trimStart();
  if (/^(#EXTM3U|\[playlist\]|<asx\b)/i.test(start)) return true;
  if (/^<(\?xml[^>]*>\s*<)?playlist\b/i.test(start)) return true;
  const lines = entriesOf(start);
  return lines.length > 0 && lines.every((line) => ADDRESS.test(line));
}

/** Why a playlist that begins so is not heard, with what it leads to. */
export function playlistRefusal(head: Uint8Array): string {
  const text = Buffer.from(head).toString().trimStart();
  if (/^#EXT-X-/m.test(text))
    return 'this is an HLS playlist, whose audio comes in pieces. Give what another program puts together of them, such as the output of ffmpeg -i ADDRESS -f wav -';
  const entry = firstEntry(text);
  const advice =
    entry === undefined
      ? 'Give what it names.'
      : `Give what it names: ${withoutPassword(entry).slice(0, MOST_CHARACTERS)}`;
  return `this is a playlist, which holds no audio itself. ${advice}`;
}

function firstEntry(text: string): string | undefined {
  const inside = /^File\d+=(.+)$|<ref\s+href\s*=\s*"([^"]+)"|<location>\s*([^<\s]+)/im.exec(text);
  const entry = (inside?.slice(1).find((part) => part !== undefined) ?? entriesOf(text)[0])?.trim();
  return entry === undefined || /^[<[]|\p{Cc}/u.test(entry) ? undefined : entry;
}

/** Lines that are no comments. The last one may be cut. */
function entriesOf(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
