import type { Message } from './flow-node.js';
import { RESERVED_LABELS } from './verdict.js';

/** The class of a clip. Throws TypeError where there is none. */
export function labelOf(message: Message): string {
  const given = message.label ?? message.topic;
  const label = typeof given === 'string' ? given.trim() : '';
  if (label === '') {
    throw new TypeError('msg.label: a clip needs the name of its class in msg.label or msg.topic.');
  }
  return checkedLabel(label);
}

const MOST_LETTERS = 100;

/** Throws TypeError for a name that no class can have. */
export function checkedLabel(label: string): string {
  if (label.length > MOST_LETTERS) {
    throw new TypeError(`msg.label: the name of a class has at most ${MOST_LETTERS} letters.`);
  }
  if (RESERVED_LABELS.has(label) || label === '__proto__') {
    throw new TypeError(
      `msg.label: no class can be called "${label}", because verdicts use this name for other cases. Choose another name.`,
    );
  }
  return label;
}

/** What a clip that comes without a name is called: what brought it, and when. */
export function nameOf({ topic, label: given }: Message, label: string): string {
  const source = typeof topic === 'string' && topic !== '' && given !== undefined ? topic : label;
  return `${source} ${new Date().toISOString().slice(0, 19).replace('T', ' ')}`;
}
