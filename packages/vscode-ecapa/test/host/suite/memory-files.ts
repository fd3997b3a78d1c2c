import * as vscode from 'vscode';

/** Files that are nowhere but here, as those of a virtual workspace. */
export class MemoryFiles implements vscode.FileSystemProvider {
  readonly #files = new Map<string, Uint8Array>();
  readonly #forbidden = new Set<string>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  write(path: string, data: Uint8Array): void {
    this.#files.set(path, data);
  }

  /** There is such a file, but nobody may read it. */
  forbid(path: string): void {
    if (!this.#files.has(path)) this.#files.set(path, new Uint8Array(1));
    this.#forbidden.add(path);
  }

  allow(path: string): void {
    this.#forbidden.delete(path);
  }

  /** What is in a file, whether or not it may be read. */
  text(path: string): string {
    return new TextDecoder().decode(this.#files.get(path));
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const file = this.#files.get(uri.path);
    if (file !== undefined) return { type: vscode.FileType.File, ctime: 0, mtime: 1, size: file.length };
    if ([...this.#files.keys()].some((path) => path.startsWith(`${uri.path}/`)))
      return { type: vscode.FileType.Directory, ctime: 0, mtime: 1, size: 0 };
    throw vscode.FileSystemError.FileNotFound(uri);
  }

  readDirectory(uri: vscode.Uri): [string, vscode.FileType][] {
    const names = new Map<string, vscode.FileType>();
    for (const path of this.#files.keys()) {
      if (!path.startsWith(`${uri.path}/`)) continue;
      const [name = '', ...rest] = path.slice(uri.path.length + 1).split('/');
      names.set(name, rest.length > 0 ? vscode.FileType.Directory : vscode.FileType.File);
    }
    return [...names];
  }

  readFile(uri: vscode.Uri): Uint8Array {
    if (this.#forbidden.has(uri.path)) throw vscode.FileSystemError.NoPermissions(uri);
    const file = this.#files.get(uri.path);
    if (file === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return file;
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): void {
    this.#files.set(uri.path, content);
  }

  createDirectory(): void {}

  delete(uri: vscode.Uri): void {
    this.#files.delete(uri.path);
  }

  rename(from: vscode.Uri, to: vscode.Uri): void {
    this.writeFile(to, this.readFile(from));
    this.delete(from);
  }
}
