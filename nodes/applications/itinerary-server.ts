import { once } from 'node:events';
import type net from 'node:net';
import * as z from 'zod/mini';
import { ipv6 } from '../../mip6/wire/address.ts';
import { handoffVariant } from '../../server/variants.ts';
import type { MemberServer } from '../member/member-server.ts';
import { documentPart } from './document.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';

export const itineraryServerConfig = z.object({ kind: z.literal('itinerary') });

/** A client's request, one line of JSON: what travels in each direction, and where the client is handed off on the way. */
export const itinerary = z.object({
  /** octets of the document that the client gets */
  bytes: z.int(),
  /** octets of the document that the client sends behind its request */
  upload: z.int(),
  variant: z.string(),
  /** handoffs, each when so many octets have been sent to the client or received from it */
  legs: z.array(z.object({ after: z.int(), of: z.enum(['sent', 'received']), acceptor: z.ipv6() })),
});

export type Itinerary = z.infer<typeof itinerary>;

/** The application state: how far a client's request has got. */
interface Journey {
  readonly itinerary: Itinerary;
  leg: number;
  sent: number;
  received: number;
  /** every octet received so far is the document's */
  intact: boolean;
}

const CHUNK_OCTETS = 16 * 1024;
const REQUEST_LIMIT = 8192;
/** What the last four octets say, in place of the number of octets received, when one was not the document's. */
export const DAMAGED = 0xffffffff;

/** A server for tests: documents in both directions, over as many handoffs as the client asks for, to the members it names. */
export class ItineraryServer implements ServerApplication {
  #host: ApplicationHost | undefined;

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, applicationState) => {
      socket.on('error', () => socket.destroy());
      this.#travel(socket, JSON.parse(Buffer.from(applicationState).toString('utf8')) as Journey);
    });
  }

  onConnection(socket: net.Socket): void {
    let request = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    const take = (chunk: Buffer): void => {
      request = Buffer.concat([request, chunk]);
      const end = request.indexOf('\n');
      if (end < 0 && request.length <= REQUEST_LIMIT) return;
      socket.removeListener('data', take);
      const asked = itinerary.safeParse(parsed(request.subarray(0, Math.max(0, end)).toString('utf8')));
      if (!asked.success) socket.destroy();
      else {
        const journey = { itinerary: asked.data, leg: 0, sent: 0, received: 0, intact: true };
        this.#travel(socket, journey, request.subarray(end + 1));
      }
    };
    socket.on('data', take);
  }

  close(): void {}

  #travel(socket: net.Socket, journey: Journey, first: Uint8Array = new Uint8Array(0)): void {
    void new Traveller(socket, journey, this.#host!.server, first).run().then((back) => {
      if (back !== undefined) this.#travel(back, { ...journey, leg: journey.leg + 1 });
    });
  }
}

/** One client's stay at one member. */
class Traveller {
  readonly #socket: net.Socket;
  readonly #journey: Journey;
  readonly #server: MemberServer;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);

  constructor(socket: net.Socket, journey: Journey, server: MemberServer, first: Uint8Array) {
    this.#socket = socket;
    this.#journey = journey;
    this.#server = server;
    // A client that has closed its side still gets its document.
    socket.allowHalfOpen = true;
    this.#take(Buffer.from(first));
    const wake = (): boolean => socket.emit('activity');
    socket.on('data', this.#onData).once('end', wake).once('close', wake);
  }

  /** Resolves with a socket when a handoff has failed and the client is still here. */
  async run(): Promise<net.Socket | undefined> {
    const { itinerary } = this.#journey;
    while (!this.#socket.destroyed) {
      if (this.#legReached()) return this.#handOff();
      if (this.#journey.sent < itinerary.bytes) await this.#sendChunk();
      else if (this.#journey.received < itinerary.upload && !this.#socket.readableEnded) {
        await once(this.#socket, 'activity').catch(() => undefined);
      } else return this.#finish();
    }
    return undefined;
  }

  #legReached(): boolean {
    const { itinerary, leg } = this.#journey;
    const next = itinerary.legs[leg];
    return next !== undefined && this.#journey[next.of] >= next.after;
  }

  #take(chunk: Buffer): void {
    const journey = this.#journey;
    const start = journey.received;
    journey.received += chunk.length;
    journey.intact &&= chunk.equals(documentPart(start, journey.received));
    this.#socket.emit('activity');
  }

  #sendChunk(): Promise<void> {
    const { itinerary, leg, sent } = this.#journey;
    const next = itinerary.legs[leg];
    const stop = next?.of === 'sent' ? Math.min(next.after, itinerary.bytes) : itinerary.bytes;
    const end = Math.min(sent + CHUNK_OCTETS, stop);
    return new Promise((resolve) =>
      // The callback runs when the octets are in the kernel's socket, or never will be.
      this.#socket.write(documentPart(sent, end), () => {
        this.#journey.sent = end;
        resolve();
      }),
    );
  }

  async #handOff(): Promise<net.Socket | undefined> {
    const { itinerary, leg } = this.#journey;
    const { acceptor } = itinerary.legs[leg]!;
    this.#socket.removeListener('data', this.#onData);
    const state = Buffer.from(JSON.stringify({ ...this.#journey, leg: leg + 1 }));
    const how = { variant: handoffVariant(itinerary.variant), waitMs: 0 };
    // Lost: nobody can go on, and the socket is gone.
    return this.#server.clientHandoff(this.#socket, ipv6(acceptor), state, how).catch(() => undefined);
  }

  async #finish(): Promise<undefined> {
    const { intact, received } = this.#journey;
    const verdict = Buffer.alloc(4);
    verdict.writeUInt32BE(intact ? received : DAMAGED);
    await new Promise<void>((resolve) => this.#socket.write(verdict, () => resolve()));
    await this.#server.clientClose(this.#socket);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
