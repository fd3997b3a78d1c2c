/**
 * Pairs of labels that are never present at once, from how a user names them: `auto` (those that the training
 * cannot distinguish when mixed), `none` (as without any),
 * `all`, or groups such as `idle,running,fault`, whose labels all exclude one another. Throws RangeError for a label that
 * there is not and for a group of one.
 */
export function exclusivePairs(
  groups: readonly string[],
  labels: readonly string[],
): 'auto' | readonly (readonly [string, string])[] {
  const [only] = groups;
  if (groups.length === 1 && only === 'auto') return 'auto';
  if (groups.length === 0 || (groups.length === 1 && only === 'none')) return [];
  if (groups.length === 1 && only === 'all') return pairsOf(labels);
  return groups.flatMap((group) => {
    const names = group.split(',').map((name) => name.trim());
    const stranger = names.find((name) => !labels.includes(name));
    if (stranger !== undefined) {
      throw new RangeError(`exclusive: there is no class "${stranger}", only ${labels.join(', ')}`);
    }
    if (new Set(names).size < 2) throw new RangeError(`exclusive: "${group}" names fewer than two classes`);
    return pairsOf([...new Set(names)]);
  });
}

function pairsOf(labels: readonly string[]): [string, string][] {
  return labels.flatMap((first, i) => labels.slice(i + 1).map((second): [string, string] => [first, second]));
}
