import type net from 'node:net';

/**
 * Calls `act` once, when the client has closed its side and all that it sent has been read: also when that was before the call, as on a
 * socket that comes back from a handoff. Gives a function that takes it back.
 */
export function onClientEnd(socket: net.Socket, act: () => void): () => void {
  let waiting = true;
  const once = (): void => {
    if (waiting) act();
    waiting = false;
  };
  if (socket.readableEnded) queueMicrotask(once);
  else socket.once('end', once);
  return () => {
    waiting = false;
    socket.removeListener('end', once);
  };
}
