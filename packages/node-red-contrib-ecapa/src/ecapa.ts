import type { NodeAPI } from 'node-red';
import { registerAdmin } from './admin.js';
import { registerClassifyNode } from './classify-node.js';
import { registerListenNode } from './listen-node.js';
import { registerModelNode } from './model-node.js';
import { registerQueueNode } from './queue-node.js';
import { registerStreamNode } from './stream-node.js';
import { registerTrainNode } from './train-node.js';

/** What Node-RED calls when it loads the package. */
export default function ecapa(RED: NodeAPI): void {
  registerModelNode(RED);
  registerQueueNode(RED);
  registerClassifyNode(RED);
  registerListenNode(RED);
  registerStreamNode(RED);
  registerTrainNode(RED);
  registerAdmin(RED);
}
