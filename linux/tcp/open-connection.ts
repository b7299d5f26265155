import { EPOLLOUT, type FdPoller } from '../fd-poller.ts';
import { LabError } from '../lab-error.ts';
import { errno, errorText, libc, systemCallError } from '../libc.ts';
import { inNetworkNamespace } from '../network-namespace.ts';
import { AF_INET6, encodeSocketAddress, type SocketEndpoint } from '../socket-address.ts';
import { closeDescriptor, getNumberOption, openSocket, SOCK_STREAM } from '../socket-libc.ts';
import { SO_ERROR } from '../socket-options.ts';

const EINPROGRESS = 115;

/**
 * Opens a TCP connection from the network namespace `path` (`/run/netns/<host>`): Node's own sockets know the process's only. Resolves with the
 * descriptor of the connected socket, for `new net.Socket({ fd })`; rejects with LabError when there is none, or at `signal`.
 */
export function openConnection(
  poller: FdPoller,
  path: string,
  to: SocketEndpoint,
  signal: AbortSignal,
): Promise<number> {
  const what = `connection from ${path} to ${to.address} port ${to.port}`;
  const descriptor = inNetworkNamespace(path, () => openSocket(AF_INET6, SOCK_STREAM, 0, what));
  const address = encodeSocketAddress(to);
  if (libc('connect')(descriptor, address, address.length) < 0 && errno() !== EINPROGRESS) {
    const error = systemCallError('connect', what);
    closeDescriptor(descriptor);
    return Promise.reject(error);
  }
  return new Promise((resolve, reject) => {
    const settle = (problem: string | undefined): void => {
      signal.removeEventListener('abort', aborted);
      poller.unwatch(descriptor);
      if (problem === undefined) {
        resolve(descriptor);
        return;
      }
      closeDescriptor(descriptor);
      reject(new LabError(`no ${what}`, { command: 'connect', stderr: problem }));
    };
    const aborted = (): void => settle(String(signal.reason));
    signal.addEventListener('abort', aborted, { once: true });
    poller.watch(descriptor, EPOLLOUT, () => {
      const code = getNumberOption(descriptor, SO_ERROR);
      settle(code === 0 ? undefined : errorText(code));
    });
    if (signal.aborted) aborted();
  });
}
