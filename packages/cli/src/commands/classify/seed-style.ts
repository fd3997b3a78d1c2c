import type { ClassifyResult } from '@ecapa/core';
import { printable } from '../../terminal/printable.js';

/**
 * The three lines that the ECAPA acoustic domain classifier's script prints (its README, "Usage
 * Example"), arrays as numpy shows them, so that programs that read them keep working.
 */
export function seedStyle(result: ClassifyResult, labels: readonly string[]): string {
  const order = labels.map((label) => `'${printable(label)}'`).join(' ');
  const probabilities = labels.map((label) => (result.probabilities[label] ?? 0).toFixed(8)).join(' ');
  return `Predicted Class: ${printable(result.label)}\nClass order: [${order}]\nClass Probabilities: [${probabilities}]\n`;
}
