import { anyOf } from './any-value.ts';
import type { Claim } from './experiment.ts';
import { measureTable } from './measure.ts';

/** Of the downloads of a repetition. */
export const churnTable = measureTable({
  'churn-completed': {
    unit: '%',
    description: 'of the clients’ downloads, those that came to the document’s last octet',
  },
  'churn-intact': {
    unit: '%',
    description: 'of all downloads, those whose octets were the document’s, as far as they came',
  },
  'churn-broken': {
    unit: '',
    description: 'downloads that ended before the document did',
  },
  'churn-held': {
    unit: '',
    description: 'downloads under way at a member that crashed, by the members’ own logs and the capture',
  },
  'churn-stranded': {
    unit: '',
    description:
      'downloads that got no answer, since their client was still bound to a member that had crashed',
  },
  'churn-release': {
    unit: 's',
    description:
      'crash of a member → a client that was bound to it deletes the binding, at the contact node’s word; mean of the clients, where the contact node stays the same',
  },
  'churn-uncertain': {
    unit: '',
    description:
      'broken downloads that a member may have held when it crashed: in the middle of a handoff, or all but sent',
  },
  'churn-unexplained': {
    unit: '',
    description: 'broken downloads that no crashed member held, of clients that were not bound to one',
  },
  'churn-spared': {
    unit: '',
    description: 'downloads that a crashed member held and that were completed all the same',
  },
  'churn-handoffs': {
    unit: '',
    description: 'clients handed off',
  },
  'churn-duration': {
    unit: 's',
    description: 'first SYN at the router → last octet there, mean of the completed downloads',
  },
});

const source = 'paper §3.2, §5; beyond its evaluation';
const cells = anyOf('clients', 'perMinute', 'crashPct', 'bytes', 'spanMs', 'lossPct');
const none = 'none: one is one too many';
const exactly = { tolerance: 0, toleranceReason: none, unit: '' } as const;
/** from the end of a member to the release of its clients; default in nodes/member/contact-parts.ts */
const releaseS = 5;

export const churnClaims: readonly Claim[] = [
  {
    kind: 'value',
    id: 'churn-leaves',
    source,
    statement: 'While members only join and leave, every download is completed',
    measure: 'churn-completed',
    where: { ...cells, crashPct: 0 },
    expected: () => 100,
    formula: '100 %',
    tolerance: 0,
    toleranceReason: none,
    unit: '%',
  },
  {
    kind: 'value',
    id: 'churn-intact',
    source,
    statement: 'No octet is wrong, doubled or missing, in broken downloads as far as they came',
    measure: 'churn-intact',
    where: cells,
    expected: () => 100,
    formula: '100 %',
    tolerance: 0,
    toleranceReason: none,
    unit: '%',
  },
  {
    kind: 'value',
    id: 'churn-only-held',
    source,
    statement:
      'A crash breaks no connection but those that the dead member held, and new ones of clients still bound to it',
    measure: 'churn-unexplained',
    where: cells,
    expected: () => 0,
    formula: '0',
    ...exactly,
  },
  {
    kind: 'value',
    id: 'churn-all-held',
    source,
    statement: 'Those that it held are broken',
    measure: 'churn-spared',
    where: cells,
    expected: () => 0,
    formula: '0',
    ...exactly,
  },
  {
    kind: 'value',
    id: 'churn-released',
    source: 'docs/server.md',
    statement:
      'Clients that are bound to a member which crashes reach the server again after detection (up to 3 trips), hold-off, Home Test (up to 4) and Binding Update',
    measure: 'churn-release',
    where: { ...cells, crashPct: { min: 1 }, clock: 'virtual', lossPct: 0 },
    expected: (p) => releaseS + (4 * p.spanMs!) / 1000,
    formula: '5 s + 4·spanMs',
    tolerance: (p) => (4 * p.spanMs!) / 1000,
    toleranceReason: 'one to seven trips, by which members and clients lie where',
    unit: 's',
    withoutEvidence: 'no client was bound to a member when that crashed: take more repetitions',
  },
];
