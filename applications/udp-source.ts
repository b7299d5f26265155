import { encodeSocketAddress } from '../linux/socket-address.ts';
import { bindSocket, openSocket, SOCK_DGRAM, sendDatagram, WOULD_BLOCK } from '../linux/socket-libc.ts';
import { ipv6 } from '../mip6/wire/address.ts';
import { monotonicMs } from '../nodes/support/role-driver.ts';
import type { UdpOrder } from './udp-order.ts';

const AF_INET6 = 10;
const UDP = 17;

/*
 * Payload of a datagram: order number 4 octets, sequence number 4 octets, zeros up to the length that was ordered.
 * The calibration's analysis reads the same layout (analysis/calibration/datagrams.ts).
 */
const layout = { order: 0, sequence: 4 } as const;

/**
 * Sends numbered datagrams from one address and port, and never reads: what arrives there fills the socket's buffer and
 * is then dropped without a word, so that a receiver costs nothing.
 */
export class UdpSource {
  readonly #descriptor: number;
  readonly #port: number;

  /** Peers listen on the same `port`. Throws LabError when the address is not ours. */
  constructor(address: string, port: number) {
    this.#port = port;
    this.#descriptor = openSocket(AF_INET6, SOCK_DGRAM, UDP, `UDP source ${address}`);
    const endpoint = encodeSocketAddress({ address: ipv6(address), port });
    bindSocket(this.#descriptor, endpoint, `UDP source ${address}`);
  }

  /** Sends what was ordered; resolves with the number of datagrams that the kernel took, of `packets` per destination. */
  run(order: UdpOrder): Promise<number> {
    const { to, packets, perTick, tickMs } = order;
    const peers = to.map((address) => encodeSocketAddress({ address: ipv6(address), port: this.#port }));
    const payload = Buffer.alloc(order.octets);
    payload.writeUInt32BE(order.number, layout.order);
    const start = monotonicMs();
    let next = 0;
    let taken = 0;
    const sendDue = (): void => {
      for (const end = Math.min(packets, next + perTick); next < end; next++) {
        payload.writeUInt32BE(next, layout.sequence);
        for (const peer of peers) {
          if (sendDatagram(this.#descriptor, payload, peer, 'UDP source') !== WOULD_BLOCK) taken++;
        }
      }
    };
    return new Promise((resolve) => {
      const tick = (count: number): void => {
        sendDue();
        if (next >= packets) resolve(taken);
        // Ticks stand at fixed times after the first: a late one does not move those behind it.
        else setTimeout(tick, Math.max(0, start + (count + 1) * tickMs - monotonicMs()), count + 1);
      };
      tick(0);
    });
  }
}
