/** How an address begins, also one with a slash too few or a scheme that cannot be read. */
const BEGINNING = /^\s*(?:https?:[/\\]+|[a-z][a-z0-9+.-]+:\/\/)/i;

/** Whether a text can only be meant as an address, be it one that cannot be read. `file:` addresses count. */
export function isMeantAsAddress(text: string): boolean {
  return BEGINNING.test(text);
}

/** An address, also one that cannot be read, without its name and password; any other text as it is. */
export function withoutPassword(address: string): string {
  const [beginning] = BEGINNING.exec(address) ?? [];
  if (beginning === undefined) return address;
  return beginning + address.slice(beginning.length).replace(/^[^/?#\\]*@/, '');
}

/** Takes name and password out of an address: they go into a header, and so are part of no message. */
export function takeLogin(url: URL): { readonly authorization?: string } {
  const { username, password } = url;
  if (username === '' && password === '') return {};
  url.username = '';
  url.password = '';
  const login = [username, password].map(decoded).join(':');
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

/** A percent sign that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
