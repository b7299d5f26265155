import type { RepetitionTrace } from '../events/handoff-events.ts';
import { type Handoff, latest } from './handoff.ts';
import { type HandoffTimes, handoffTimes, millisecondsBetween, phaseLength, phases } from './phases.ts';

/** A measure's value, and a remark where the value alone could mislead. */
export interface Measured {
  readonly value: number;
  readonly remark: string;
}

/** Takes a measure from a repetition whose preconditions hold; undefined where the repetition has no such thing. */
export type Extractor = (trace: RepetitionTrace, handoff: Handoff | undefined) => Measured | undefined;

/**
 * Every measure that a capture gives, by name:
 * - `handoff-gap` (ms): at the client, from the last packet of the donor to the first data packet of the acceptor; negative
 *   where the two overlap;
 * - `phase-1` … `phase-7` (ms): paper §6.2, Table 1;
 * - `handoff-total` (ms): from the donor's last data packet to the acceptor's first, both as they come to the router: the
 *   sum of the phases, where none ran in advance;
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
  ['state-bytes', (_trace, handoff) => handoff && plain(handoff.init.octets)],
  ['session-time', sessionTime],
  ['retransmissions', ({ connection }) => plain(connection.retransmissions)],
]);

function ofTimes(measure: (times: HandoffTimes) => Measured | undefined): Extractor {
  return (_trace, handoff) => handoff && measure(handoffTimes(handoff));
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

function sessionTime({ connection }: RepetitionTrace): Measured | undefined {
  const end = latest([connection.finFromClient, connection.finFromServer]);
  return end && plain(millisecondsBetween(connection.syn, end));
}

function plain(value: number): Measured {
  return { value, remark: '' };
}
