import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type ConnectionEnds, whyNotExpected } from '../admission/connection-ends.ts';
import type { AcceptorInput } from './acceptor-types.ts';
import type { Beginning } from './beginning-frames.ts';
import { decodeConnections } from './connection-bundle.ts';
import type { EndpointPlan } from './endpoint-types.ts';
import { decodeAxes, untoldAxes } from './variants.ts';

/** What a Prepare or Init says to its acceptor. Throws ProtocolError or DecodeError for one that nobody can act on. */
export function readBeginning<State extends ConnectionEnds>(
  frame: Beginning,
  plan: EndpointPlan<State>,
): Extract<AcceptorInput<State>, { kind: 'prepare' | 'init' }> {
  const variant = frame.variant === undefined ? untoldAxes : decodeAxes(frame.variant);
  if (frame.kind === 'prepare') return { kind: 'prepare', variant };
  const { client, sequence, home } = frame;
  const connections = decodeConnections(frame).map((connection) => ({
    state: plan.decode(connection, client),
    octets: connection.tcpState.length,
    applicationState: connection.applicationState,
  }));
  const ends = connections.map(({ state }) => state);
  const reason = whyNotExpected(ends, { ...plan, client });
  if (reason !== undefined) throw new ProtocolError(reason);
  return { kind: 'init', variant, sequence, connections, ...(home === undefined ? {} : { home }) };
}
