import { setTimeout as delay } from 'node:timers/promises';
import { EPOLLIN, FdPoller } from '../../../linux/fd-poller.ts';
import { AF_INET6, encodeSocketAddress } from '../../../linux/socket-address.ts';
import {
  bindSocket,
  closeDescriptor,
  localEndpoint,
  openSocket,
  receiveOctets,
  SOCK_DGRAM,
  sendDatagram,
} from '../../../linux/socket-libc.ts';
import { LOOPBACK } from '../../../mip6/wire/address.ts';

/** Datagrams on the loopback: callbacks come while watched, not after; the process must then end by itself. */
export async function poller(): Promise<unknown> {
  const { watched, socket, send } = open();
  let got = 0;
  const first = Promise.withResolvers<void>();
  watched.watch(socket, EPOLLIN, () => {
    while (receiveOctets(socket, Buffer.alloc(8), 0, 'test') >= 0) got++;
    first.resolve();
  });
  send();
  await first.promise;
  watched.unwatch(socket);
  send();
  await delay(20);
  const afterUnwatch = got;
  const second = Promise.withResolvers<void>();
  watched.watch(socket, EPOLLIN, () => {
    watched.close();
    second.resolve();
  });
  await second.promise;
  watched.close();
  closeDescriptor(socket);
  return { got, afterUnwatch };
}

/** process.exit() while the poller waits must not hang. */
export async function exitWhileWaiting(): Promise<never> {
  const { watched, socket } = open();
  watched.watch(socket, EPOLLIN, () => undefined);
  await delay(20);
  console.log('{}');
  process.exit(0);
}

function open() {
  const socket = openSocket(AF_INET6, SOCK_DGRAM, 0, 'test');
  bindSocket(socket, encodeSocketAddress({ address: LOOPBACK, port: 0 }), 'test');
  const address = encodeSocketAddress(localEndpoint(socket));
  const send = (): number => sendDatagram(socket, Buffer.from('hello'), address, 'test');
  return { watched: FdPoller.open(), socket, send };
}
