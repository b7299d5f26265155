import type net from 'node:net';
import * as z from 'zod/mini';
import { ipv6 } from '../mip6/wire/address.ts';
import { address, variant } from '../nodes/support/config-fields.ts';
import { octets } from '../nodes/support/config-numbers.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { handoffVariant } from '../server/variants/variants.ts';
import { documentPart } from './document.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';
import type { ServerLibrary } from './server-library.ts';
import { onRequests } from './session-requests.ts';

export const sessionServerConfig = strictObject({
  kind: z.literal('session'),
  /** octets of a client's first document after which it is handed off */
  firstBytes: octets,
  /** care-of address of the acceptor; absent: this member hands nobody off */
  acceptor: z.optional(address),
  variant,
});

/** The application state: which part of the document under way is still to be sent. */
interface Answer {
  readonly next: number;
  readonly end: number;
}

/** Documents over one connection, as many as the client asks for; it is handed off within the first one, and stays where it is then. */
export class SessionServer implements ServerApplication {
  readonly #config: z.infer<typeof sessionServerConfig>;
  #server: ServerLibrary | undefined;

  constructor(config: z.infer<typeof sessionServerConfig>) {
    this.#config = config;
  }

  start({ server }: ApplicationHost): void {
    this.#server = server;
    server.resumable((state, octets) => {
      const { next } = JSON.parse(Buffer.from(state).toString('utf8')) as Answer;
      return octets > next ? undefined : documentPart(next - octets, next);
    });
    server.clientReceive((socket, state) =>
      this.#goOn(socket, JSON.parse(Buffer.from(state).toString('utf8')) as Answer),
    );
  }

  onConnection(socket: net.Socket): void {
    const { acceptor, firstBytes } = this.#config;
    if (acceptor === undefined) {
      this.#serve(socket);
      return;
    }
    const stop = onRequests(socket, {
      get: (end) => {
        stop();
        const answer = { next: Math.min(firstBytes, end), end };
        socket.write(documentPart(0, answer.next), () => this.#handOff(socket, acceptor, answer));
      },
      end: () => void this.#server!.clientClose(socket),
    });
  }

  close(): void {}

  #handOff(socket: net.Socket, acceptor: string, answer: Answer): void {
    const how = { variant: handoffVariant(this.#config.variant), waitMs: 0 };
    const state = Buffer.from(JSON.stringify(answer));
    this.#server!.clientHandoff(socket, ipv6(acceptor), state, how).then(
      (result) => result.moved || this.#goOn(result.socket, answer),
      () => undefined, // lost: nobody can go on, and the socket is gone
    );
  }

  #goOn(socket: net.Socket, { next, end }: Answer): void {
    socket.write(documentPart(next, end));
    this.#serve(socket);
  }

  #serve(socket: net.Socket): void {
    onRequests(socket, {
      get: (octets) => socket.write(documentPart(0, octets)),
      end: () => void this.#server!.clientClose(socket),
    });
  }
}
