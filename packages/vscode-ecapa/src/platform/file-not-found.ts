/** True for the one failure to read that means that there is nothing: any other leaves open what is there. */
export function isFileNotFound(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown };
  return code === 'FileNotFound' || code === 'ENOENT' || code === 'FILE_NOT_FOUND';
}
