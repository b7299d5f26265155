import type net from 'node:net';
import { REFUSAL_MARK } from '../../../linux/recipes/member-firewall.ts';
import { setAbortiveClose } from '../../../linux/tcp/abortive-close.ts';
import { descriptorOf } from '../../../linux/tcp/node-socket.ts';
import { setSocketMark } from '../../../linux/tcp/socket-mark.ts';

/** Resets a connection that this member does not take; the one kind of reset that its packet filter lets out. Throws LabError. */
export function refuseConnection(socket: net.Socket): void {
  const descriptor = descriptorOf(socket);
  setSocketMark(descriptor, REFUSAL_MARK);
  setAbortiveClose(descriptor, true);
  socket.destroy();
}
