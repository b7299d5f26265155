import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type ConnectionEnds, whyNotExpected } from '../admission/connection-ends.ts';
import type { AdmissionPlan } from '../admission/handoff-admission.ts';
import { LARGEST_STATES_OCTETS, MOST_CONNECTIONS } from '../channel/frame-limits.ts';
import { FrameOctets, u8, u32 } from '../channel/frame-octets.ts';
import { decodeAxes, untoldAxes } from '../variants/variants.ts';
import type { AcceptorInput } from './acceptor-types.ts';
import type { Beginning, InitFrame } from './beginning-frames.ts';
import { Inflating, wholeLength } from './deflated-state.ts';

/** One connection of a client, as it travels from donor to acceptor; its TCP state is never empty. */
export interface BundledConnection {
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
}

/**
 * All connections of one client to one contact address, as the states of an Init.
 *
 * A single connection fills them as they are. Several leave the TCP state empty, and their bundle is the application state:
 * their number (u8), then for each both states with their lengths in front (u32). Throws ProtocolError beyond 255.
 */
export function encodeConnections(
  connections: readonly BundledConnection[],
): Pick<InitFrame, 'tcpState' | 'applicationState'> {
  const [first] = connections;
  if (first !== undefined && connections.length === 1) return first;
  if (connections.length > MOST_CONNECTIONS)
    throw new ProtocolError(`${connections.length} connections of one client are too many to move`);
  const parts = connections.flatMap(({ tcpState, applicationState }) => [
    u32(tcpState.length),
    tcpState,
    u32(applicationState.length),
    applicationState,
  ]);
  return {
    tcpState: new Uint8Array(0),
    applicationState: Buffer.concat([u8(connections.length), ...parts]),
  };
}

/** Why these states cannot be in one Init, in words that name the limit; undefined when they can. */
export function whyNotInOneInit(connections: readonly BundledConnection[]): string | undefined {
  if (connections.length > MOST_CONNECTIONS)
    return `${connections.length} connections of one client, and at most ${MOST_CONNECTIONS} move together`;
  const { tcpState, applicationState } = encodeConnections(connections);
  // As the acceptor has them in its memory.
  const saved = connections.map((one) => wholeLength(one.tcpState) - one.tcpState.length);
  const octets = saved.reduce((sum, one) => sum + one, tcpState.length + applicationState.length);
  if (octets <= LARGEST_STATES_OCTETS) return undefined;
  const whose = connections.length > 1 ? `of ${connections.length} connections ` : '';
  return `the state ${whose}has ${octets} octets, and at most ${LARGEST_STATES_OCTETS} move: queue less, or give less application state`;
}

/** The same back, what was deflated as it was. Throws ProtocolError on anything else. */
export function decodeConnections({
  tcpState,
  applicationState,
}: Pick<InitFrame, 'tcpState' | 'applicationState'>): readonly BundledConnection[] {
  const states = new Inflating();
  if (tcpState.length > 0) return [{ tcpState: states.next(tcpState), applicationState }];
  const body = new FrameOctets(applicationState);
  const connections = Array.from({ length: body.u8() }, (): BundledConnection => {
    return { tcpState: states.next(body.bytes(body.u32())), applicationState: body.bytes(body.u32()) };
  });
  body.end();
  return connections;
}

/** `State`: what a socket is re-created from. */
export interface ReadingPlan<State> extends AdmissionPlan {
  /** The state that a connection of an Init arrives with. Throws ProtocolError or DecodeError for one that no socket can have. */
  decode(connection: BundledConnection, client: Ipv6Address): State;
}

/** This member is to be a candidate, and may never be taken. Of a variant that cannot be, whoever reads it says so. */
export function isForCandidate({ kind, variant }: Beginning): boolean {
  if (kind !== 'prepare' || variant === undefined) return false;
  try {
    return decodeAxes(variant).returnRoutability === 'kept-fresh';
  } catch {
    return false;
  }
}

/** What a Prepare or Init says to its acceptor. Throws ProtocolError or DecodeError for one that nobody can act on. */
export function readBeginning<State extends ConnectionEnds>(
  frame: Beginning,
  plan: ReadingPlan<State>,
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
