import { setImmediate } from 'node:timers/promises';

/** So many values that are dealt with at once may fail or succeed before other events get their turn. */
const TURN = 64;

/** Outcomes in the order of `values`, `limit` of them under way at a time. Rejects as the first work that does. */
export async function mapLimited<Value, Outcome>(
  values: readonly Value[],
  limit: number,
  work: (value: Value) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes = new Array<Outcome>(values.length);
  const rest = values.entries();
  const lane = async (): Promise<void> => {
    for (const [index, value] of rest) {
      if (index % TURN === 0) await setImmediate();
      outcomes[index] = await work(value);
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  return outcomes;
}
