import type net from 'node:net';
import { connectionState, TCP_STATE } from '../../../linux/tcp/connection-state.ts';
import { descriptorOf, hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import { fallSilent } from '../silent-end.ts';

/**
 * Of a socket whose client has had the end of the connection from another member: its kernel knows nothing of that, and would end the connection once more, one number
 * later. When the client's end has come as well it closes without a packet, the client's acknowledged; a socket that is destroyed before resets the client, as ever.
 */
export function endsWithClient(socket: net.Socket): void {
  const { _destroy: destroy } = socket;
  socket._destroy = (error, callback) => {
    socket._destroy = destroy;
    if (hasDescriptor(socket) && connectionState(descriptorOf(socket)) === TCP_STATE.closeWait)
      fallSilent(socket);
    destroy.call(socket, error, callback);
  };
}
