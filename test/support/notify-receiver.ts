import {
  bindSocket,
  closeDescriptor,
  openSocket,
  receiveOctets,
  SOCK_DGRAM,
  WOULD_BLOCK,
} from '../../linux/socket-libc.ts';

/** A service manager's end of NOTIFY_SOCKET, at this path (`@NAME`: an abstract one). */
export function notifyReceiver(name: string): { received(): readonly string[] } & Disposable {
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  const address = Buffer.concat([Buffer.from([1, 0]), path]);
  const descriptor = openSocket(1, SOCK_DGRAM, 0, name);
  bindSocket(descriptor, address, name);
  return {
    received() {
      const all: string[] = [];
      const octets = Buffer.alloc(4096);
      for (let i = 0; i < 100; i++) {
        const length = receiveOctets(descriptor, octets, 0, name);
        if (length === WOULD_BLOCK) break;
        all.push(octets.toString('utf8', 0, length));
      }
      return all;
    },
    [Symbol.dispose]: () => closeDescriptor(descriptor),
  };
}
