/** Two classes of sounds, and a flow that learns them. */
import type { Flow, Received } from './flow.js';

export const RATE_HZ = 16_000;
export const LABELS = ['hiss', 'hum'] as const;

/** Two seconds of a sound that differs clearly from the other's: a low tone with overtones, or noise. */
export function clip(label: string, seed: number): Float32Array {
  let state = seed * 7919 + 1;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
  return Float32Array.from({ length: 2 * RATE_HZ }, (_, i) =>
    label === 'hiss'
      ? 0.3 * random()
      : 0.3 * Math.sin((2 * Math.PI * (100 + 10 * seed) * i) / RATE_HZ) + 0.01 * random(),
  );
}

export const flowOf = (settings: object = {}): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'config', type: 'ecapa-model' },
  { id: 'it', z: 'tab', type: 'ecapa-train', model: 'config', ...settings, wires: [['out']] },
  { id: 'judge', z: 'tab', type: 'ecapa-classify', model: 'config', wires: [['verdict']] },
  { id: 'catch', z: 'tab', type: 'catch', scope: ['it', 'judge'], wires: [['errors']] },
  ...['out', 'verdict', 'errors'].map((id) => ({ id, z: 'tab', type: 'helper' })),
];

export interface Report {
  readonly event: string;
  readonly labels?: string[];
  readonly clips?: Record<string, number>;
  readonly headFile?: string;
  readonly report?: {
    readonly presence?: { readonly scores?: { readonly mixtures: number } };
    readonly scores?: { readonly accuracy: { count: number; total: number; low: number } };
  };
}

export const reportOf = (message: Received | undefined) => message?.payload as Report;

/** So many clips of each class. */
export function teach(flow: Flow, each = 5): void {
  for (let seed = 1; seed <= each; seed++) {
    for (const label of LABELS) flow.send('it', { payload: clip(label, seed), sampleRate: RATE_HZ, label });
  }
}
