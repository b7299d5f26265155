import { LabError } from './lab-error.ts';
import { bindSocket, closeDescriptor, openSocket, SOCK_DGRAM } from './socket-libc.ts';

const AF_UNIX = 1;
/** The leading zero makes it an abstract name: it lives in the network namespace and goes with the process, however it ends. */
const NAME = '\0handoff-lab/mobile-ipv6';

/**
 * Makes this process the one Mobile IPv6 daemon of its network namespace, until it ends or `release` is called. Home
 * Address options, type 2 routing headers and their xfrm policies are then its own. Throws LabError when there is one already.
 */
export function claimNamespace(): { release(): void } {
  const descriptor = openSocket(AF_UNIX, SOCK_DGRAM, 0, 'claim of the network namespace');
  const address = Buffer.alloc(2 + NAME.length);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(NAME, 2, 'latin1');
  try {
    bindSocket(descriptor, address, 'claim of the network namespace');
  } catch (cause) {
    closeDescriptor(descriptor);
    throw new LabError('another Mobile IPv6 daemon of handoff-lab runs in this network namespace', {
      command: 'bind @handoff-lab/mobile-ipv6',
      stderr: cause instanceof LabError ? (cause.stderr ?? cause.message) : String(cause),
      remedy: 'end it first, or give this one a network namespace of its own',
      cause,
    });
  }
  return { release: () => closeDescriptor(descriptor) };
}
