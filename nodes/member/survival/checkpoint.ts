import type net from 'node:net';
import type { ProtectionOptions } from '../../../applications/server-library.ts';
import { optionsOf } from '../../../linux/tcp/carry-options.ts';
import { descriptorOf, octetsBeforeKernel, readAhead } from '../../../linux/tcp/node-socket.ts';
import { sequenceMinus } from '../../../linux/tcp/repair.ts';
import { snapshot } from '../../../linux/tcp/snapshot.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { concatOctets } from '../../../mip6/wire/octets.ts';
import type { Checkpoint } from '../../../server/successor/holder-types.ts';
import { withApplicationsLinger } from '../donor-socket.ts';
import { gatedFrom } from './gated-from.ts';
import type { GatedSockets } from './gated-sockets.ts';
import { stillDiscarded } from './replayed-output.ts';

interface CheckpointOptions extends Required<ProtectionOptions> {
  /** the member's SO_SNDBUF, as setsockopt takes it */
  readonly sendBuffer: number;
}

/**
 * A live connection as it stands. Of one whose input is gated the gate stands before the state is read: what comes behind that is not taken unseen. Throws LabError
 * when this end has closed its own side, and the gate stands no more then that did not before: the next checkpoint must not believe that nothing has passed.
 */
export function takeCheckpoint(
  gates: Pick<GatedSockets, 'add' | 'remove'>,
  socket: net.Socket,
  client: Ipv6Address,
  port: number,
  { sent, input, sendBuffer }: CheckpointOptions,
): Pick<Checkpoint, 'tcpState' | 'gated'> {
  if (input !== 'gated') return { tcpState: encodeTcpState(stateOf(socket, sent, sendBuffer)) };
  const stood = gates.add(client, port, socket);
  try {
    const state = stateOf(socket, sent, sendBuffer);
    return { tcpState: encodeTcpState(state), gated: gatedFrom(socket, state, stood) };
  } catch (error) {
    if (!stood) gates.remove(client, port);
    throw error;
  }
}

/** Its output begins `sent` octets before the next that is written; what has come and nobody has read is part of it. Throws LabError. */
export function stateOf(socket: net.Socket, sent: number, sendBuffer: number): TcpConnectionState {
  const descriptor = descriptorOf(socket);
  const options = withApplicationsLinger(socket, optionsOf(descriptor, sendBuffer));
  const state = snapshot(descriptor, options);
  // An application that survived writes its output again from the checkpoint on; octets of it that the client has are discarded, and do not count.
  const written = sent + stillDiscarded(socket) - octetsBeforeKernel(socket);
  return {
    ...state,
    received: concatOctets(readAhead(socket), state.received),
    sendUnacknowledged: sequenceMinus(state.sendUnacknowledged, written),
  };
}
