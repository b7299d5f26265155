import { handoffCodecs } from '../../server/handoff/frames.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { Passage } from '../events/testbed.ts';
import type { Handoff } from './handoff.ts';

/** What members say to each other of a handoff; all else that passes between them would pass without one. */
const ofHandoff: ReadonlySet<string> = new Set(Object.keys(handoffCodecs));

/**
 * Octets of a handoff's signalling as they come to the router: packets with a Mobility Header, frames of the members' channel. `before`:
 * from its first frame to the acceptor's first data packet; `after`: behind that, deletions of bindings left out.
 */
export function signallingOctets(
  { signalling, frames }: RepetitionTrace,
  { init, prepare, fromAcceptor }: Handoff,
): { readonly before: number; readonly after: number } {
  const begins = (prepare ?? init).arriving.first?.timeNs ?? Number.POSITIVE_INFINITY;
  const served = fromAcceptor.firstDataIn?.timeNs ?? Number.POSITIVE_INFINITY;
  const deleted = signalling.find(
    ({ message }) => message.kind === 'binding-update' && message.lifetimeSeconds === 0,
  );
  const ends = deleted?.arrived?.timeNs ?? Number.POSITIVE_INFINITY;
  const messages: readonly (readonly [Passage | undefined, number])[] = [
    ...signalling.map(({ arrived, octets }) => [arrived, octets] as const),
    ...frames
      .filter(({ kind }) => ofHandoff.has(kind))
      .map((one) => [one.arriving.first, one.octets] as const),
  ];
  const sum = (from: number, to: number): number =>
    messages
      .filter(([passage]) => passage !== undefined && passage.timeNs >= from && passage.timeNs < to)
      .reduce((octets, [, more]) => octets + more, 0);
  return { before: sum(begins, served), after: sum(Math.max(begins, served), ends) };
}
