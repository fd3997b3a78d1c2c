/**
 * Runs `work` over `items`, `concurrency` at a time, and yields the outcomes in the order of the items
 * as soon as each and all before it are done. At most `4 * concurrency` outcomes wait to be taken.
 */
export async function* mapOrdered<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R> {
  const ahead = 4 * concurrency;
  const pending: Promise<R>[] = [];
  const running = new Set<Promise<unknown>>();
  let next = 0;
  const launch = async (index: number): Promise<R> => {
    while (running.size >= concurrency) await Promise.race(running);
    const job = work(items[index] as T, index);
    const settled: Promise<unknown> = job.catch(() => undefined).then(() => running.delete(settled));
    running.add(settled);
    return job;
  };
  while (next < items.length || pending.length > 0) {
    while (next < items.length && pending.length < ahead) {
      const job = launch(next++);
      job.catch(() => undefined); // awaited below; until then it is not unhandled
      pending.push(job);
    }
    yield await (pending.shift() as Promise<R>);
  }
}
