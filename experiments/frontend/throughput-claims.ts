import type { Claim } from '../experiment.ts';
import {
  acknowledgedShare,
  defaultBytes,
  defaultWindow,
  directReturn,
  forwardedShare,
  optimized,
  viaContact,
  viaFrontEnd,
  virtual,
} from './formulas.ts';

function limited(id: string, where: Claim['where'], statement: string, share: number): Claim {
  return {
    kind: 'value',
    id: `frontend-throughput-${id}`,
    source: 'paper §1, §7.2',
    statement,
    measure: 'throughput-sum',
    where: { ...where, ...virtual },
    expected: (p) => share * p.frontRateKbit!,
    formula: `${Number(share.toFixed(4))} · upstream rate of the front`,
    tolerance: (p) => 0.03 * share * p.frontRateKbit!,
    toleranceReason:
      'a token bucket lets three full frames through at once: some percent of what passes within the time measured',
    unit: 'kbit/s',
  };
}

/** So many clients fill the front's upstream, behind slow start: one alone is limited by its window over the longer round trip. */
const several = { clients: { min: 3 }, frontRateKbit: { max: 4000 }, bytes: { min: 200_000 } };

/** What the front's upstream limits. */
export const throughputClaims: readonly Claim[] = [
  limited(
    'contact-node',
    { ...viaContact, ...several },
    'The clients of a forwarding contact node share its upstream, less the acknowledgements in it',
    forwardedShare,
  ),
  limited('front-end', { ...viaFrontEnd, ...several }, 'So do those of a classic front end', forwardedShare),
  limited(
    'direct-return',
    { ...directReturn, clients: { min: 6 }, frontRateKbit: 2000 },
    'With direct server return it is the acknowledgements that fill it, many clients later',
    acknowledgedShare,
  ),
  {
    kind: 'constant',
    id: 'frontend-throughput-route-optimized',
    source: 'paper §1, §7.2',
    statement: 'With direct routes the upstream of the contact node has no say in the throughput',
    measure: 'throughput-sum',
    where: { ...optimized, ...virtual, clients: 3, cs1Ms: 40, cs2Ms: 20, ssMs: 30 },
    over: 'frontRateKbit',
    tolerance: 100,
    toleranceReason: 'a hundredth: some frames more or less within the time measured',
    unit: 'kbit/s',
  },
  {
    kind: 'bound',
    id: 'frontend-throughput-route-optimized-client',
    source: 'paper §1, §7.2',
    statement:
      'With direct routes, each of several clients has more than the front’s whole upstream for itself',
    measure: 'throughput-client',
    where: {
      ...optimized,
      ...virtual,
      ...several,
      clients: { ...several.clients, max: 8 },
      windowBytes: defaultWindow,
      cs2Ms: { max: 20 },
      rateKbit: 100_000,
      bytes: { min: defaultBytes },
    },
    range: { min: 4000 },
    toleranceReason: 'none: the highest rate of the front in these cells is the bound',
    unit: 'kbit/s',
  },
];
