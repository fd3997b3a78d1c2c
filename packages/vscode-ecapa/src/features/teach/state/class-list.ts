import { renamedUri } from '../../../platform/renamed-uri.js';

/** A recording, or a stretch of one, that stands for a class. Plain data: it is kept as JSON. */
export interface ClassClip {
  /** The file's `Uri.toString()`. */
  readonly uri: string;
  /** Absent for the whole recording. */
  readonly span?: ClipSpan;
}

export interface ClipSpan {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** A class to teach, with its clips in the order in which they were added. */
export interface TaughtClass {
  readonly name: string;
  readonly clips: readonly ClassClip[];
}

export type ClassList = readonly TaughtClass[];

/** What became of clips that were put into a class. */
export interface Placement {
  readonly list: ClassList;
  readonly added: readonly ClassClip[];
  /** They are in another class, and nothing can be two things at once. */
  readonly refused: readonly { readonly clip: ClassClip; readonly isIn: string }[];
}

/** Why a name cannot be given to a class; undefined when it can. `current` is the name that is being changed. */
export function nameProblem(list: ClassList, name: string, current?: string): 'empty' | 'taken' | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return 'empty';
  return trimmed !== current && list.some((one) => one.name === trimmed) ? 'taken' : undefined;
}

export function addClass(list: ClassList, name: string): ClassList {
  const trimmed = name.trim();
  return nameProblem(list, trimmed) === undefined ? [...list, { name: trimmed, clips: [] }] : list;
}

export function renameClass(list: ClassList, from: string, to: string): ClassList {
  if (nameProblem(list, to, from) !== undefined) return list;
  return list.map((one) => (one.name === from ? { ...one, name: to.trim() } : one));
}

export function removeClass(list: ClassList, name: string): ClassList {
  return list.filter((one) => one.name !== name);
}

/**
 * Puts clips into a class, which is made when there is none of that name. A clip that overlaps one of another
 * class is refused; one that is there already changes nothing.
 */
export function placeClips(list: ClassList, name: string, clips: readonly ClassClip[]): Placement {
  const added: ClassClip[] = [];
  const refused: { clip: ClassClip; isIn: string }[] = [];
  const present = new Set(list.find((one) => one.name === name)?.clips.map(clipKey));
  const others = new Map<string, { clip: ClassClip; isIn: string }[]>();
  for (const { name: isIn, clips: own } of list) {
    if (isIn === name) continue;
    for (const clip of own) others.set(clip.uri, [...(others.get(clip.uri) ?? []), { clip, isIn }]);
  }
  for (const clip of clips) {
    const other = others.get(clip.uri)?.find((placed) => overlap(placed.clip.span, clip.span));
    if (other !== undefined) refused.push({ clip, isIn: other.isIn });
    else if (!present.has(clipKey(clip))) {
      present.add(clipKey(clip));
      added.push(clip);
    }
  }
  const withClass = added.length > 0 ? addClass(list, name) : list;
  const placed = withClass.map((one) =>
    one.name === name.trim() ? { ...one, clips: [...one.clips, ...added] } : one,
  );
  return { list: placed, added, refused };
}

/** Takes clips out of whatever classes they are in. */
export function removeClips(list: ClassList, clips: readonly ClassClip[]): ClassList {
  const gone = new Set(clips.map(clipKey));
  return list.map((one) => ({ ...one, clips: one.clips.filter((clip) => !gone.has(clipKey(clip))) }));
}

/** Moves clips to a class, out of all that they overlap with elsewhere: the way to change one's mind. */
export function moveClips(list: ClassList, name: string, clips: readonly ClassClip[]): ClassList {
  const moved = new Map(clips.map((clip) => [clipKey(clip), clip]));
  const cleared = list.map((one) =>
    one.name === name
      ? one
      : {
          ...one,
          clips: one.clips.filter(
            (clip) => !clips.some((other) => other.uri === clip.uri && overlap(other.span, clip.span)),
          ),
        },
  );
  return placeClips(cleared, name, [...moved.values()]).list;
}

/** Follows a file or a folder that was renamed. */
export function renameUri(list: ClassList, from: string, to: string): ClassList {
  const renamed = (uri: string): string => renamedUri(uri, from, to);
  if (!list.some(({ clips }) => clips.some(({ uri }) => renamed(uri) !== uri))) return list;
  return list.map((one) => ({
    ...one,
    clips: one.clips.map((clip) => ({ ...clip, uri: renamed(clip.uri) })),
  }));
}

/** Equal for clips that are the same stretch of the same file. */
export function clipKey({ uri, span }: ClassClip): string {
  return span === undefined ? uri : `${uri}#${spanFragment(span)}`;
}

/** A stretch as the Media Fragments recommendation of the W3C writes it: `t=1.500,4.000`, in seconds. */
export function spanFragment({ startSeconds, endSeconds }: ClipSpan): string {
  return `t=${startSeconds.toFixed(3)},${endSeconds.toFixed(3)}`;
}

function overlap(a: ClipSpan | undefined, b: ClipSpan | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return a.startSeconds < b.endSeconds && b.startSeconds < a.endSeconds;
}

/** The text of `classes.json`. */
export function serializeClassList(list: ClassList): string {
  return `${JSON.stringify({ format: 'ecapa-classes', version: 1, classes: list }, undefined, 1)}\n`;
}

/** The reverse of `serializeClassList`; undefined for anything else. */
export function parseClassList(text: string): ClassList | undefined {
  try {
    const { format, version, classes } = JSON.parse(text) as Record<string, unknown>;
    if (format !== 'ecapa-classes' || version !== 1 || !Array.isArray(classes)) return undefined;
    return classes.every(isClass) ? classes : undefined;
  } catch {
    return undefined;
  }
}

function isClass(value: unknown): value is TaughtClass {
  const { name, clips } = Object(value) as Record<string, unknown>;
  return typeof name === 'string' && name !== '' && Array.isArray(clips) && clips.every(isClip);
}

function isClip(value: unknown): value is ClassClip {
  const { uri, span } = Object(value) as Record<string, unknown>;
  if (typeof uri !== 'string') return false;
  if (span === undefined) return true;
  const { startSeconds, endSeconds } = Object(span) as Record<string, unknown>;
  return typeof startSeconds === 'number' && typeof endSeconds === 'number' && startSeconds < endSeconds;
}
