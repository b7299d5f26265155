import { EPOLLIN, type FdPoller } from '../../linux/fd-poller.ts';
import { openPacketSocket } from '../../linux/packet-socket.ts';
import { closeDescriptor, localEndpoint, receiveOctets, remoteEndpoint } from '../../linux/socket-libc.ts';
import {
  ACKNOWLEDGEMENT_OCTETS,
  acknowledgementFilter,
  acknowledgementNumber,
} from '../../linux/tcp/acknowledgement-filter.ts';

/**
 * The acknowledgement number of the peer's next segment on a connection, whatever the kernel makes of the segment; undefined
 * when none comes within `timeoutMs`. What arrives after the call is seen. Throws LabError.
 */
export function firstAcknowledgement(
  poller: FdPoller,
  descriptor: number,
  timeoutMs: number,
): Promise<number | undefined> {
  const filter = acknowledgementFilter(remoteEndpoint(descriptor), localEndpoint(descriptor).port);
  const monitor = openPacketSocket(filter);
  const packet = Buffer.alloc(ACKNOWLEDGEMENT_OCTETS);
  return new Promise((resolve) => {
    const end = (number: number | undefined): void => {
      clearTimeout(timer);
      poller.unwatch(monitor);
      closeDescriptor(monitor);
      resolve(number);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    poller.watch(monitor, EPOLLIN, () => {
      if (receiveOctets(monitor, packet, 0, 'acknowledgement') >= 0) end(acknowledgementNumber(packet));
    });
  });
}
