/** Runs one piece of work after the other, in the order in which they were handed in. */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  next<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
