import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { Measured } from '../measures/measure-family.ts';
import { type Handoff, latest } from './handoff.ts';
import { type Instant, instants } from './instants.ts';
import { type HandoffTimes, handoffTimes, millisecondsBetween, phaseLength, phases } from './phases.ts';

/** Takes a measure from a repetition whose preconditions hold; undefined where the repetition has no such thing. */
type Extractor = (trace: RepetitionTrace, handoff: Handoff | undefined) => Measured | undefined;

/**
 * Every measure that a capture gives, by name:
 * - `handoff-gap` (ms): at the client, from the last packet of the donor to the first data packet of the acceptor; negative
 *   where the two overlap;
 * - `phase-1` … `phase-7` (ms): paper §6.2, Table 1;
 * - `handoff-total` (ms): from the donor's last data packet to the acceptor's first, both as they come to the router: the
 *   sum of the phases, where none ran in advance;
 * - `handoff-rest` (ms): of that, all but phase 2;
 * - `after-empty` (ms): at the router, from the client's last acknowledgement on its way to the donor to the first packet of
 *   Init: where that acknowledgement emptied the socket, how long the donor waited in vain, and its local work;
 * - `at-…` (ms): instants of the handoff's messages since the client's SYN (`instants.ts`);
 * - `state-bytes` (bytes): the Init frame, its length field included;
 * - `session-time` (ms): from the client's SYN to the later FIN, on the client's link;
 * - `retransmissions` (packets): data segments from the servers with octets that had come before.
 */
export const extractors: ReadonlyMap<string, Extractor> = new Map<string, Extractor>([
  ['handoff-gap', ofTimes((times) => between(times, 'donorLastOut', 'acceptorFirstDataOut'))],
  ...phases.map(
    (phase) =>
      [
        phase.measure,
        ofTimes((times) => {
          const length = phaseLength(phase, times);
          return length && { value: length.ms, remark: length.remark };
        }),
      ] as const,
  ),
  ['handoff-total', ofTimes((times) => between(times, 'donorLastDataIn', 'acceptorFirstDataIn'))],
  ['handoff-rest', ofTimes(allButState)],
  ['after-empty', afterEmpty],
  ...[...instants].map(([name, instant]) => [name, sinceSyn(instant)] as const),
  ['state-bytes', (_trace, handoff) => handoff && plain(handoff.init.octets)],
  ['session-time', sessionTime],
  ['retransmissions', ({ connection }) => plain(connection.retransmissions)],
]);

function ofTimes(measure: (times: HandoffTimes) => Measured | undefined): Extractor {
  return (_trace, handoff) => handoff && measure(handoffTimes(handoff));
}

function allButState(times: HandoffTimes): Measured | undefined {
  const [whole, state] = [
    between(times, 'donorLastDataIn', 'acceptorFirstDataIn'),
    between(times, 'initFirstIn', 'initLastOut'),
  ];
  return whole && state && plain(whole.value - state.value);
}

function between(
  times: HandoffTimes,
  from: keyof HandoffTimes,
  to: keyof HandoffTimes,
): Measured | undefined {
  const start = times[from];
  const end = times[to];
  return start && end && plain(millisecondsBetween(start, end));
}

function afterEmpty(
  { lastFromClientBeforeInit }: RepetitionTrace,
  handoff: Handoff | undefined,
): Measured | undefined {
  const start = lastFromClientBeforeInit?.out;
  const end = handoff?.init.arriving.first;
  return start && end && plain(millisecondsBetween(start, end));
}

function sinceSyn(instant: Instant): Extractor {
  return (trace, handoff) => {
    const at = handoff && instant(handoff, trace);
    return at && plain(millisecondsBetween(trace.connection.syn, at));
  };
}

function sessionTime({ connection }: RepetitionTrace): Measured | undefined {
  const end = latest([connection.finFromClient, connection.finFromServer]);
  return end && plain(millisecondsBetween(connection.syn, end));
}

function plain(value: number): Measured {
  return { value, remark: '' };
}
