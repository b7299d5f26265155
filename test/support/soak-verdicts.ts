import assert from 'node:assert/strict';
import type { SoakVerdict } from '../../analysis/soak/check-soak.ts';
import type { SoakEvent } from '../../analysis/soak/record.ts';
import { event, finished, goodEvents, verdictOn } from './soak-world.ts';

export const without = (...names: readonly string[]) =>
  goodEvents.filter((one) => !names.includes(one.event));
export const lost = event(3000, 'client1', 'visit-finished', finished(false));
export const leaves = (atMs: number, target: string) => [
  event(atMs - 50, 'conductor', 'step', { action: 'leave', target }),
  died(atMs, target),
];
export const died = (atMs: number, target: string) =>
  event(atMs, 'conductor', 'process-ended', { target, status: 137, asked: true, good: true });

export function violated({ violations }: SoakVerdict, invariant: string, text: RegExp): void {
  const [first] = violations;
  assert.equal(first?.invariant, invariant, JSON.stringify(violations));
  assert.match(first.text, text);
}

export function held({ violations }: SoakVerdict): void {
  assert.deepEqual(violations, []);
}

/** Without a capture: who sends what is not the question. */
export const judged = (events: readonly SoakEvent[]) => verdictOn({ events, packets: [] });
