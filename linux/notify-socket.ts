import { closeDescriptor, openSocket, SOCK_DGRAM, sendDatagram } from './socket-libc.ts';

const AF_UNIX = 1;
/** sockaddr_un, unix(7) */
const LONGEST_PATH = 107;

/**
 * Sends one datagram to the unix socket of that name; a name that begins with @ is an abstract one, as service managers write it (sd_notify(3)).
 * Throws LabError when nobody listens there.
 */
export function sendToUnixSocket(name: string, text: string): void {
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name).subarray(0, LONGEST_PATH);
  // A path ends with a zero, an abstract name does not.
  const address = Buffer.alloc(2 + path.length + (path[0] === 0 ? 0 : 1));
  address.writeUInt16LE(AF_UNIX, 0);
  path.copy(address, 2);
  const descriptor = openSocket(AF_UNIX, SOCK_DGRAM, 0, `socket to ${name}`);
  try {
    sendDatagram(descriptor, Buffer.from(text), address, `to ${name}`);
  } finally {
    closeDescriptor(descriptor);
  }
}
