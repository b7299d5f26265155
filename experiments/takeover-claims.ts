import { anyOf } from './any-value.ts';
import type { Claim, Parameters, ValueClaim } from './experiment.ts';
import { clientOutageMs, detectionMs, detectionVariesMs, endings, outageMs } from './takeover-formulae.ts';

const source = 'paper §3.2, Fig. 5 (no figures there); docs/server.md';
/** Where CPU time is free and nothing is lost: the formulae count trips, and datagrams come every millisecond. */
const latencies = anyOf('memberMs', 'homeMs', 'csMs', 'suspectMs', 'heartbeatMs');
const exact = { ...latencies, clock: 'virtual', everyMs: { max: 1 }, lossPct: 0 };
const killed = { ...exact, ending: endings.killed };
/** One-way latency up to which a kill is noticed before silence is, with the usual 500 ms and 100 ms. */
const noticedMs = 200;
const cutOff = { ...exact, ending: endings.cutOff };
const leaves = { ...exact, ending: endings.leaves };
const anyEnding = { ...exact, ...anyOf('ending') };
/** What must hold however the contact node ends, and wherever the machines are. */
const anyhow = { ...latencies, ...anyOf('ending', 'everyMs', 'lossPct') };
const killedOrCut = { ...anyhow, ending: { max: 1 } };
/** before the successor sends its update once more: InitialBindackTimeoutFirstReg, 1.5 s (RFC 6275 §12) */
const answeredInTime = { ...anyhow, lossPct: 0, homeMs: { max: 740 } };

/** of programs, which take virtual time only for reading clocks */
const ownMs = 1;
/** A role's deadline is rounded up to whole milliseconds, a timer of Node's once more, and epoll_wait() allows itself 0.1 % of the time asked for. */
const timerMs = (p: Parameters) => 2 + p.suspectMs! / 1000;
/** Both ends of an outage are known to one interval of the datagrams, 1.05 ms. */
const intervalsMs = 2.2;
/** Where members are so far apart that silence is suspected first, the age of the last heartbeat counts. */
const killedMs = (ms: number) => (p: Parameters) => ms + detectionVariesMs(p);
/** A trip more or less changes a slope by 1; what the intervals of the datagrams add, from end to end of an axis, by 0.05. */
const slope = (expected: number) => ({ expected, tolerance: 0.05 });
const slopeReason =
  'a trip more or less changes a slope by 1; what the datagrams’ intervals add from end to end of an axis, by 0.05';
const reasons = {
  intervals:
    'both ends of an outage are known to one interval of the datagrams, 1.05 ms; where silence is suspected first, half a heartbeat more',
  own: 'programs take virtual time only for reading clocks',
  timers: 'deadlines are rounded up to milliseconds twice, and epoll_wait() allows itself 0.1 %',
  none: 'none: these are counted',
} as const;

const value = (
  id: string,
  statement: string,
  measure: string,
  where: Claim['where'],
  expected: (p: Parameters) => number,
  formula: string,
  tolerance: ValueClaim['tolerance'],
  toleranceReason: string,
  unit = 'ms',
): ValueClaim => ({
  ...{ kind: 'value', id: `takeover-${id}`, source, statement, measure, where: where ?? {} },
  ...{ expected, formula, tolerance, toleranceReason, unit },
});

const outages: readonly Claim[] = [
  value(
    'killed-outage',
    'The address of a contact node that is killed is without an answer for detection and one registration round trip',
    ...(['outage', killed, outageMs, '3·L_M + 2·L_H', killedMs(intervalsMs), reasons.intervals] as const),
  ),
  {
    kind: 'regression',
    id: 'takeover-killed-slopes',
    source,
    statement: 'After a kill the outage grows by three trips between members and two to the home agent',
    measure: 'outage',
    where: { ...killed, memberMs: { max: noticedMs } },
    terms: [
      { parameter: 'memberMs', symbol: 'L_M', ...slope(3) },
      { parameter: 'homeMs', symbol: 'L_H', ...slope(2) },
    ],
    intercept: { unit: 'ms', explanation: 'intervals of the datagrams at both ends, and timers' },
    toleranceReason: slopeReason,
  },
  {
    kind: 'constant',
    id: 'takeover-killed-clients',
    source,
    statement: 'How far the clients are plays no part',
    measure: 'outage',
    where: { ...killed, memberMs: 30, homeMs: 20 },
    over: 'csMs',
    tolerance: intervalsMs,
    toleranceReason: reasons.intervals,
    unit: 'ms',
  },
  {
    kind: 'regression',
    id: 'takeover-cut-outage',
    source,
    statement: 'After a cut the outage is detection, as measured, and one registration round trip',
    measure: 'outage',
    where: cutOff,
    terms: [
      {
        parameter: 'detection',
        value: (_, measures) => measures.detection!,
        symbol: 'detection',
        ...slope(1),
      },
      { parameter: 'homeMs', symbol: 'L_H', ...slope(2) },
    ],
    intercept: { unit: 'ms', explanation: 'intervals of the datagrams at both ends' },
    toleranceReason: slopeReason,
  },
  {
    kind: 'regression',
    id: 'takeover-cut-slopes',
    source,
    statement: 'After a cut it grows with the time of suspicion, less the age of the last heartbeat',
    measure: 'outage',
    where: cutOff,
    terms: [
      { parameter: 'suspectMs', symbol: 'suspectMs', ...slope(1) },
      {
        parameter: 'heartbeat-age',
        value: (_, measures) => measures['heartbeat-age']!,
        symbol: 'age of the last heartbeat',
        ...slope(-1),
      },
      { parameter: 'memberMs', symbol: 'L_M', ...slope(1) },
      { parameter: 'homeMs', symbol: 'L_H', ...slope(2) },
    ],
    intercept: { unit: 'ms', explanation: 'intervals of the datagrams at both ends, and timers' },
    toleranceReason: slopeReason,
  },
  value(
    'leave-outage',
    'The address of a contact node that leaves is never without a member that answers',
    ...(['outage', leaves, outageMs, '0', intervalsMs, reasons.intervals] as const),
  ),
  value(
    'leave-client-outage',
    'A client loses what is between the home agent and a contact node that leaves when its successor is registered',
    ...(['client-outage', leaves, clientOutageMs, '2·L_H', intervalsMs, reasons.intervals] as const),
  ),
  value(
    'killed-client-outage',
    'A client in reverse tunnel is without answers for as long as the address',
    ...([
      'client-outage',
      killed,
      clientOutageMs,
      '3·L_M + 2·L_H',
      killedMs(intervalsMs),
      reasons.intervals,
    ] as const),
  ),
];

const parts: readonly Claim[] = [
  value(
    'killed-detection',
    'A kill is noticed by the end of the channel and a look whether the process is there',
    ...(['detection', killed, detectionMs, '3·L_M', killedMs(ownMs), reasons.own] as const),
  ),
  value(
    'leave-detection',
    'A successor acts on the word of the contact node that leaves',
    ...(['detection', leaves, detectionMs, 'L_M', ownMs, reasons.own] as const),
  ),
  value(
    'cut-silence',
    'A backup that hears nothing acts after the time of suspicion',
    ...(['silence', cutOff, (p: Parameters) => p.suspectMs!, 'suspectMs', timerMs, reasons.timers] as const),
  ),
  value(
    'registration',
    'The registration of a successor is one round trip to the home agent',
    ...(['registration', anyEnding, (p: Parameters) => 2 * p.homeMs!, '2·L_H', ownMs, reasons.own] as const),
  ),
  value(
    'optimized-gap',
    'A client with a route to another member notices nothing',
    ...(['optimized-gap', anyEnding, () => 0, '0', ownMs, reasons.own] as const),
  ),
];

const counts = (
  [
    ['registrations', 'One member registers, once', answeredInTime, 1, 'updates'],
    [
      'contact-switches',
      'The home agent sends to the old contact node, then to its successor',
      anyhow,
      1,
      'changes',
    ],
    ['esp-reversals', 'No ESP number goes backwards', anyhow, 0, 'packets'],
    ['update-reversals', 'No sequence number of a Binding Update goes backwards', anyhow, 0, 'packets'],
    ['resets', 'No client of another member gets a reset', anyhow, 0, 'packets'],
    ['lost-others', 'No connection that another member holds is lost', anyhow, 0, 'connections'],
    ['lost-held', 'A connection that the dead member held is lost', killedOrCut, 1, 'connections'],
  ] as const
).map(([measure, statement, where, expected, unit]) =>
  value(measure, statement, measure, where, () => expected, String(expected), 0, reasons.none, unit),
);

/** What docs/server.md says of a contact node's end. */
export const takeoverClaims: readonly Claim[] = [...outages, ...parts, ...counts];
