import * as vscode from 'vscode';
import type { ClassNode } from '../views/classes-tree.js';
import type { ClassClip } from './class-list.js';
import { clipsOfUris, markClips, moveClipsTo, pickClass, type TeachServices } from './marking.js';

const URI_LIST = 'text/uri-list';
const OWN_TREE = 'application/vnd.code.tree.ecapa.classes';

/** Files from the Explorer or the results go into the class they are dropped on; clips move between classes. */
export class ClassesDrop implements vscode.TreeDragAndDropController<ClassNode> {
  readonly dropMimeTypes = [URI_LIST, OWN_TREE];
  readonly dragMimeTypes = [URI_LIST];
  readonly #services: TeachServices;

  constructor(services: TeachServices) {
    this.#services = services;
  }

  handleDrag(nodes: readonly ClassNode[], data: vscode.DataTransfer): void {
    const clips = this.#clipsOf(nodes);
    data.set(OWN_TREE, new vscode.DataTransferItem(clips));
    data.set(URI_LIST, new vscode.DataTransferItem(clips.map(({ uri }) => uri).join('\r\n')));
  }

  async handleDrop(
    target: ClassNode | undefined,
    data: vscode.DataTransfer,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const own = data.get(OWN_TREE)?.value as readonly ClassClip[] | undefined;
    const uris = own === undefined ? await readUriList(data) : [];
    if ((own?.length ?? uris.length) === 0) return;
    const name = target === undefined ? await pickClass(this.#services) : classOf(target);
    if (name === undefined) return;
    if (own !== undefined) await moveClipsTo(this.#services, name, own);
    else await markClips(this.#services, name, await clipsOfUris(this.#services, uris, token));
  }

  #clipsOf(nodes: readonly ClassNode[]): ClassClip[] {
    const { list } = this.#services.classes;
    return nodes.flatMap((node) =>
      node.kind === 'clip' ? [node.clip] : (list.find(({ name }) => name === node.name)?.clips ?? []),
    );
  }
}

function classOf(node: ClassNode): string {
  return node.kind === 'class' ? node.name : node.className;
}

/** RFC 2483: a URI a line, lines that begin with # are comments. */
async function readUriList(data: vscode.DataTransfer): Promise<vscode.Uri[]> {
  const text = (await data.get(URI_LIST)?.asString()) ?? '';
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line, true));
}
