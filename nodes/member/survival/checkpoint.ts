import type net from 'node:net';
import { optionsOf } from '../../../linux/tcp/carry-options.ts';
import { descriptorOf, octetsBeforeKernel, readAhead } from '../../../linux/tcp/node-socket.ts';
import { sequenceMinus } from '../../../linux/tcp/repair.ts';
import { snapshot } from '../../../linux/tcp/snapshot.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { concatOctets } from '../../../mip6/wire/octets.ts';
import { withApplicationsLinger } from '../donor-socket.ts';
import { stillDiscarded } from './replayed-output.ts';

/**
 * A live connection's state, its output beginning `sent` octets before the next that is written; what has come and nobody has read
 * is part of it. `sendBuffer`: the member's SO_SNDBUF, as setsockopt takes it. Throws LabError when this end has closed its own side.
 */
export function takeCheckpoint(socket: net.Socket, sent: number, sendBuffer: number): TcpConnectionState {
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
