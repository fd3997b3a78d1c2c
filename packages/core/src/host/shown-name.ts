import { shownPath } from '../audio/native-path.js';
import { withoutPassword } from '../login.js';

/** What outputs call an input: a path, as its address where it is no UTF-8; an address without its name and password. */
export function shownName(name: string): string {
  return withoutPassword(shownPath(name));
}
