import type net from 'node:net';
import * as z from 'zod/mini';
import { strictObject } from '../nodes/support/strict-object.ts';
import { ItineraryServer } from './itinerary-server.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';
import { UdpEchoServer } from './udp-echo-server.ts';

export const itineraryAndEchoConfig = strictObject({ kind: z.literal('itinerary-and-echo') });

/** Documents over TCP with the handoffs that clients ask for and, for exchanges without route optimisation, datagrams sent back. */
export class ItineraryAndEcho implements ServerApplication {
  readonly #itinerary = new ItineraryServer();
  readonly #echo = new UdpEchoServer({ kind: 'udp-echo', optimizeRoute: false });

  start(host: ApplicationHost): void {
    this.#itinerary.start(host);
    this.#echo.start(host);
  }

  onConnection(socket: net.Socket): void {
    this.#itinerary.onConnection(socket);
  }

  close(): void {
    this.#echo.close();
  }
}
