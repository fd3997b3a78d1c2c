import type { Node, NodeAPI } from 'node-red';
import { asError, shortReason } from './node-errors.js';
import type { SessionUse } from './sessions.js';
import type { StatusLine } from './status.js';

/**
 * Shows that the model is loading, then `ready`, or why it cannot be used; what became of a message that came meanwhile
 * stays. A node without a config node also logs the reason, because no config node does.
 */
export function showWhenReady(
  RED: NodeAPI,
  node: Node,
  { session, isShared }: SessionUse,
  status: StatusLine,
  ready: () => void,
): void {
  status.show('yellow', 'ring', RED._('ecapa.status.loading'));
  const { shown } = status;
  const readyUnlessMore = (): void => {
    if (status.shown === shown) ready();
  };
  session.head().then(readyUnlessMore, (thrown: unknown) => {
    const error = asError(thrown);
    status.show('red', 'ring', shortReason(RED, error));
    if (isShared && !session.isClosed) node.error(error.message);
  });
}
