import type { SoakRecord } from './record.ts';

/** A machine or process out of order, ms. */
export interface DisturbedTime {
  readonly target: string;
  readonly action: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** of a cut: only from these care-of addresses */
  readonly addresses?: readonly string[];
}

/** What the plan disturbs, from its beginning to the return. */
export function disturbedTimes({ disturbances }: Pick<SoakRecord, 'disturbances'>): readonly DisturbedTime[] {
  return disturbances.flatMap((step, index) => {
    const { action, target, atMs: fromMs, addresses } = step;
    if (action === 'start' || action === 'heal') return [];
    const back = disturbances
      .slice(index + 1)
      .find((later) => later.target === target && ['start', 'heal'].includes(later.action));
    const toMs = back?.atMs ?? Number.POSITIVE_INFINITY;
    return [{ target, action, fromMs, toMs, ...(addresses === undefined ? {} : { addresses }) }];
  });
}
