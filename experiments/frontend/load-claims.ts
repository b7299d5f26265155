import { anyValue } from '../any-value.ts';
import type { Claim, Parameters } from '../experiment.ts';
import {
  acknowledgedOctets,
  defaultBytes,
  defaultWindow,
  directReturn,
  forwardedOctets,
  optimized,
  resentOctets,
  updateOctets,
  varied,
  viaContact,
  viaFrontEnd,
  virtual,
} from './formulas.ts';

const forwarded = (p: Parameters): number => forwardedOctets(p.bytes!);
const acknowledged = (p: Parameters): number => acknowledgedOctets(p.bytes!);

function slopeOfLoad(
  id: string,
  where: Claim['where'],
  who: string,
  expected: number,
  tolerance: number,
): Claim {
  return {
    kind: 'regression',
    id: `frontend-load-${id}`,
    source: 'paper §7.2',
    statement: `The load of ${who} grows by the same for each further client`,
    measure: 'front-octets',
    where: { ...varied, ...where, bytes: defaultBytes, windowBytes: defaultWindow, ...virtual },
    terms: [{ parameter: 'clients', symbol: 'clients', expected, tolerance }],
    intercept: { unit: 'octets', explanation: 'what passes without any client' },
    toleranceReason:
      'window updates, see formulas.ts: a client reads a quarter of its window at a time; of direct routes less than the smallest packet',
  };
}

function loadOfClient(
  id: string,
  where: Claim['where'],
  statement: string,
  expected: (p: Parameters) => number,
  formula: string,
): Claim {
  return {
    kind: 'value',
    id: `frontend-load-${id}-cells`,
    source: 'paper §7.2',
    statement,
    measure: 'front-octets-client',
    where: { ...varied, ...where, ...virtual },
    expected,
    formula,
    tolerance: (p) => updateOctets(p.bytes!, p.windowBytes!) + resentOctets,
    toleranceReason: 'window updates, and the last segment once more, see formulas.ts',
    unit: 'octets',
  };
}

const viaFormula = '2·D + (2·⌈D/1388⌉ + 1)·184 + 2·request';
const ackFormula = '(⌈D/1428⌉ + 1)·184 + 2·request';
const both = forwardedOctets(defaultBytes);
const acks = acknowledgedOctets(defaultBytes);
const updates = updateOctets(defaultBytes, defaultWindow);

/** What passes the front's link for each client. */
export const loadClaims: readonly Claim[] = [
  slopeOfLoad('contact-node', viaContact, 'a contact node that forwards', both, updates),
  slopeOfLoad('front-end', viaFrontEnd, 'a classic front end', both, updates),
  slopeOfLoad('direct-return', directReturn, 'a front end with direct server return', acks, updates),
  // less than the smallest packet
  slopeOfLoad('route-optimized', optimized, 'a contact node whose clients have direct routes', 0, 50),
  loadOfClient(
    'contact-node',
    viaContact,
    'A client’s document passes the contact node’s link twice, once in a tunnel, and so do its acknowledgements',
    forwarded,
    viaFormula,
  ),
  loadOfClient('front-end', viaFrontEnd, 'So it does at a classic front end', forwarded, viaFormula),
  loadOfClient(
    'direct-return',
    directReturn,
    'With direct server return only requests and acknowledgements do',
    acknowledged,
    ackFormula,
  ),
  {
    kind: 'bound',
    id: 'frontend-load-route-optimized-cells',
    source: 'paper §7.2',
    statement: 'After the handoff nothing of a client with a direct route passes the contact node',
    measure: 'front-octets-client',
    where: { ...varied, ...optimized, lossPct: anyValue, clock: 'virtual' },
    range: { max: 0 },
    toleranceReason: 'none: not an octet',
    unit: 'octets',
  },
  {
    kind: 'constant',
    id: 'frontend-setup-route-optimized',
    source: 'paper §3, §7.2',
    statement:
      'What a client with a direct route costs the contact node, its first octets and the handoff, is the same for any number of clients',
    measure: 'setup-octets-client',
    where: { ...optimized, ...virtual, bytes: anyValue, cs1Ms: 40, cs2Ms: 20, ssMs: 30, frontRateKbit: 2000 },
    over: 'clients',
    tolerance: 1500,
    toleranceReason:
      'one full packet: messages of several clients share segments of the members’ channel, or do not',
    unit: 'octets',
  },
];
