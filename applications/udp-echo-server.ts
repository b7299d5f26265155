import dgram from 'node:dgram';
import type net from 'node:net';
import * as z from 'zod/mini';
import { type Ipv6Address, ipv6 } from '../mip6/wire/address.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';

export const udpEchoServerConfig = strictObject({
  kind: z.literal('udp-echo'),
  /** run route optimisation with a client before its first answer; otherwise every packet takes the home agent's tunnel */
  optimizeRoute: z.boolean(),
});

/** The paper's UDP-echo server (§6.1): sends every datagram back, from the contact address. */
export class UdpEchoServer implements ServerApplication {
  readonly #config: z.infer<typeof udpEchoServerConfig>;
  readonly #socket = dgram.createSocket({ type: 'udp6', ipv6Only: true });
  /** clients that have been answered, or will be once their route is optimised */
  readonly #known = new Set<Ipv6Address>();

  constructor(config: z.infer<typeof udpEchoServerConfig>) {
    this.#config = config;
  }

  start({ contactAddress, servicePort, server, log }: ApplicationHost): void {
    this.#socket.on('message', (datagram, { address, port }) => {
      const answer = (): void => this.#socket.send(datagram, port, address);
      const client = ipv6(address);
      if (!this.#config.optimizeRoute || this.#known.has(client)) return answer();
      this.#known.add(client);
      // The first answer waits for the direct path, and so tells the client that it stands.
      void server.optimizeRoute(client).then((optimized) => {
        log.write('route-optimization-ended', { client, optimized });
        answer();
      });
    });
    this.#socket.bind(servicePort, contactAddress);
  }

  onConnection(socket: net.Socket): void {
    socket.destroy();
  }

  close(): void {
    this.#socket.close();
  }
}
