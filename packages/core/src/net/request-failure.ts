const UNREACHABLE: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The errors behind a failed request: their codes, and whether a server was reached at all. */
export function requestFailure(error: unknown): {
  readonly reasons: string[];
  readonly isUnreachable: boolean;
} {
  const codes: string[] = [];
  const reasons: string[] = [];
  let innermost = '';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    innermost = cause.message;
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined) codes.push(code);
    if (/redirect count/.test(cause.message)) reasons.push('the server redirects in a circle');
  }
  const known = [...reasons, ...codes];
  return {
    reasons: known.length > 0 ? known : [innermost],
    isUnreachable: codes.some((code) => UNREACHABLE.has(code)),
  };
}
