import type net from 'node:net';
import { optionsOf } from '../../../linux/tcp/carry-options.ts';
import { descriptorOf, octetsBeforeKernel } from '../../../linux/tcp/node-socket.ts';
import { sequenceMinus } from '../../../linux/tcp/repair.ts';
import { snapshot } from '../../../linux/tcp/snapshot.ts';
import { encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { concatOctets } from '../../../mip6/wire/octets.ts';
import { withApplicationsLinger } from '../donor-socket.ts';

/**
 * A live connection's state in serialised form, its output beginning `sent` octets before the next that is written; what has come and nobody has read
 * is part of it. `sendBuffer`: the member's SO_SNDBUF, as setsockopt takes it. Throws LabError when this end has closed its own side.
 */
export function takeCheckpoint(socket: net.Socket, sent: number, sendBuffer: number): Uint8Array {
  const descriptor = descriptorOf(socket);
  const options = withApplicationsLinger(socket, optionsOf(descriptor, sendBuffer));
  const state = snapshot(descriptor, options);
  const held = readAhead(socket);
  return encodeTcpState({
    ...state,
    received: held === undefined ? state.received : concatOctets(held, state.received),
    sendUnacknowledged: sequenceMinus(state.sendUnacknowledged, sent - octetsBeforeKernel(socket)),
  });
}

/** What waits in Node's own buffer for the application; it stays there. */
function readAhead(socket: net.Socket): Buffer | undefined {
  if (socket.readableLength === 0 || socket.readableFlowing === true) return undefined;
  const held: unknown = socket.read();
  if (!Buffer.isBuffer(held)) return undefined;
  socket.unshift(held);
  return held;
}
