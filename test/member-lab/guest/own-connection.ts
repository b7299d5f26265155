import { once } from 'node:events';
import net from 'node:net';
import type { OptionProblem } from '../../../linux/tcp/carry-options.ts';
import { AcceptedSocket, decodeMoved, type RestoringOptions } from '../../../nodes/member/accepted-socket.ts';
import type { DonorSocket } from '../../../nodes/member/donor-socket.ts';

export const restoring: RestoringOptions = {
  sendBuffer: 2 * 1024 * 1024,
  withInitialWindow: (_, connect) => connect(),
};

/** A connection of this machine with itself: the member's end, and the client's. */
export async function connection(): Promise<{ readonly served: net.Socket; readonly far: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const far = net.connect({ port, host: '::1', allowHalfOpen: true });
  const [served] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  return { served, far };
}

/** The connection goes on in another socket, as at an acceptor. */
export async function restored(
  served: net.Socket,
  donor: DonorSocket,
  tcpState: Uint8Array,
  onOptionProblem: (problem: OptionProblem) => void = () => undefined,
): Promise<net.Socket> {
  const closed = once(served, 'close');
  donor.discard();
  await closed;
  return new AcceptedSocket(decodeMoved(tcpState), { ...restoring, onOptionProblem }).activate();
}
