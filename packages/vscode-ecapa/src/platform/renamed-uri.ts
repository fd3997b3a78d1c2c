/** What a file is called after it, or a folder above it, was renamed; the same when it is another one's name. */
export function renamedUri(uri: string, from: string, to: string): string {
  if (uri === from) return to;
  return uri.startsWith(`${from}/`) ? `${to}${uri.slice(from.length)}` : uri;
}
