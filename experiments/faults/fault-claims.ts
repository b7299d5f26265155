import { anyOf } from '../any-value.ts';
import type { Claim } from '../claim.ts';
import type { Where } from '../experiment.ts';
import { firstKill } from './signalling.ts';

const anyFault: Where = anyOf('kind', 'place', 'secondKind', 'secondPlace');
const noKill: Where = { ...anyFault, kind: { max: firstKill - 1 }, secondKind: { max: firstKill - 1 } };
const source = 'docs/atlas.md';
const toleranceReason = 'none: one is one too many';
/** A variant has as many packets as it has: at the places behind them nothing goes wrong. */
const whereMeasured = true;

/** What must hold whatever goes wrong once. */
export const faultClaims: readonly Claim[] = [
  {
    kind: 'bound',
    id: 'faults-wrong-octets',
    source,
    statement: 'No fault brings a wrong octet to the client',
    measure: 'fault-wrong-octets',
    where: anyFault,
    range: { max: 0 },
    toleranceReason,
    whereMeasured,
    unit: 'octets',
  },
  {
    kind: 'bound',
    id: 'faults-resets',
    source,
    statement: 'No client is reset where nobody was killed',
    measure: 'fault-resets',
    where: noKill,
    range: { max: 0 },
    toleranceReason,
    whereMeasured,
    unit: 'packets',
  },
  {
    kind: 'bound',
    id: 'faults-lost',
    source,
    statement: 'Where nobody was killed every document comes to its end, whoever serves it',
    measure: 'fault-broken',
    where: noKill,
    range: { max: 0 },
    toleranceReason,
    whereMeasured,
    unit: '',
  },
  {
    kind: 'bound',
    id: 'faults-holders',
    source,
    statement: 'Two members never serve a client in turns: it goes over, and back at most once',
    measure: 'fault-further-changes',
    where: anyFault,
    range: { max: 0 },
    toleranceReason,
    whereMeasured,
    unit: '',
  },
];
