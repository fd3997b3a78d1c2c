import * as vscode from 'vscode';
import { showInformation } from '../../../platform/notifications.js';
import { pickMany } from '../../../platform/quick-picks.js';
import { type ClassClip, placeClips } from '../state/class-list.js';
import type { TeachServices } from '../state/marking.js';

/** Clips that people's corrections of results and timelines stand for, by label. */
export async function correctedClips({
  corrections,
}: Pick<TeachServices, 'corrections'>): Promise<ReadonlyMap<string, readonly ClassClip[]>> {
  const clips = new Map<string, ClassClip[]>();
  const add = (label: string, clip: ClassClip): void => {
    clips.set(label, [...(clips.get(label) ?? []), clip]);
  };
  for (const { uri, label } of corrections.recordings()) add(label, { uri });
  for (const { uri, label, startSeconds, endSeconds } of await corrections.segments())
    add(label, { uri, span: { startSeconds, endSeconds } });
  return clips;
}

/** `ecapa.takeCorrections`: what was put right in results and timelines becomes clips of the classes it names. */
export async function takeCorrections(services: TeachServices): Promise<void> {
  const found = await correctedClips(services);
  if (found.size === 0) {
    void showInformation(
      vscode.l10n.t('Nothing has been corrected yet. Correct segments in a timeline first.'),
    );
    return;
  }
  const items = [...found].map(([label, clips]) => ({
    label,
    description: clips.length === 1 ? vscode.l10n.t('1 clip') : vscode.l10n.t('{0} clips', clips.length),
    picked: true,
    clips,
  }));
  const picked = await pickMany(items, {
    placeHolder: vscode.l10n.t('Which corrections should become clips to learn from?'),
  });
  if (picked === undefined || picked.length === 0) return;
  const { added, refused } = await takeOver(
    services,
    picked.map(({ label, clips }) => [label, clips] as const),
  );
  void showInformation(
    refused === 0
      ? vscode.l10n.t('Corrections taken over into the classes: {0}.', added)
      : vscode.l10n.t(
          'Corrections taken over into the classes: {0}; left, for they overlap with clips of another class: {1}.',
          added,
          refused,
        ),
  );
}

/** Puts clips into the classes of their labels; counts what came in and what was refused. */
export async function takeOver(
  { classes }: Pick<TeachServices, 'classes'>,
  labelled: Iterable<readonly [string, readonly ClassClip[]]>,
): Promise<{ readonly added: number; readonly refused: number }> {
  const count = { added: 0, refused: 0 };
  await classes.update((list) => {
    let next = list;
    for (const [label, clips] of labelled) {
      const placement = placeClips(next, label, clips);
      count.added += placement.added.length;
      count.refused += placement.refused.length;
      if (placement.added.length > 0) next = placement.list;
    }
    return next;
  });
  return count;
}
