import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { awaitsPrepared } from './axes.ts';
import type { DonorMachine } from './donor-machine.ts';
import type { In, Serving } from './donor-states.ts';

/** Not before the acceptor has been tested by the client, where the gap would be longer by that: this member serves until then. */
export function freeze(donor: DonorMachine, serving: Serving, now: Instant): void {
  const { variant, doneTimeoutMs } = donor.plan;
  if (!awaitsPrepared(variant) || serving.proof !== undefined) ready(donor, serving, now);
  else donor.to({ name: 'announced', serving, until: now + doneTimeoutMs / 2 });
}

/** Not before a sign of life: for an acceptor that is out of reach the client would stand still in vain. */
export function ready(donor: DonorMachine, serving: Serving, now: Instant): void {
  if (isFresh(donor, now)) {
    extract(donor, serving);
    return;
  }
  const asking = serving.askedAt === undefined ? ask(donor, serving, now) : serving;
  donor.to({ name: 'asking', serving: asking, until: (asking.askedAt ?? now) + patienceMs(donor) });
}

export function extract(donor: DonorMachine, serving: Serving): void {
  const { settled, variant } = donor.plan;
  if (!settled()) {
    donor.to({ name: 'unsettled', serving });
    return;
  }
  donor.to({ name: 'extracting', serving, states: new Map(), sequence: 0 });
  const leavesOut = variant.travels === 'positions' ? { leavesOut: true as const } : {};
  donor.put({ kind: 'freeze-and-extract', connections: serving.connections, ...leavesOut });
}

/** The acceptor's answer is due. */
export function answerDue(donor: DonorMachine, state: In<'asking'>, now: Instant): void {
  if (isLate(now, state.until)) donor.to({ ...state, until: now + patienceMs(donor) });
  else if (isFresh(donor, now)) extract(donor, state.serving);
  else donor.stay(state, 'nothing is heard of the acceptor');
}

/** The acceptor has been heard of lately. */
export function isFresh({ plan: { attention } }: DonorMachine, now: Instant): boolean {
  return attention === undefined || now - attention.heardAt() <= attention.freshMs;
}

function patienceMs({ plan }: DonorMachine): number {
  return plan.attention?.patienceMs ?? 0;
}

export function ask(donor: DonorMachine, serving: Serving, now: Instant): Serving {
  donor.tell('ask');
  return { ...serving, askedAt: now };
}
