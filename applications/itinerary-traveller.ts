import { once } from 'node:events';
import type net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ipv6 } from '../mip6/wire/address.ts';
import { handoffVariant } from '../server/variants/variants.ts';
import { documentPart } from './document.ts';
import type { Itinerary } from './itinerary.ts';
import type { ServerLibrary } from './server-library.ts';

/** The application state: how far a client's request has got. */
export interface Journey {
  readonly itinerary: Itinerary;
  leg: number;
  sent: number;
  received: number;
  /** every octet received so far is the document's */
  intact: boolean;
  /** octets of the verdict that the client has already */
  told: number;
}

/** Of a client that has so many octets of what the server writes from this state on: its document, its verdict, its end. */
export function journeyBehind(journey: Journey, octets: number): Journey {
  const { itinerary, sent, told } = journey;
  const reached = sent + told + octets;
  return {
    ...journey,
    sent: Math.min(reached, itinerary.bytes),
    told: Math.min(Math.max(0, reached - itinerary.bytes), VERDICT_OCTETS),
  };
}

const CHUNK_OCTETS = 16 * 1024;
const VERDICT_OCTETS = 4;
/** What the last four octets say, in place of the number of octets received, when one was not the document's. */
const DAMAGED = 0xffffffff;

/** One client's stay at one member. */
export class Traveller {
  readonly #socket: net.Socket;
  readonly #journey: Journey;
  readonly #server: ServerLibrary;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #wake = (): boolean => this.#socket.emit('activity');
  /** somebody has asked for the state */
  #leaving: PromiseWithResolvers<Journey | undefined> | undefined;
  /** nothing is left to be handed off */
  #finishing = false;
  #protected = false;

  constructor(socket: net.Socket, journey: Journey, server: ServerLibrary, first: Uint8Array) {
    this.#socket = socket;
    this.#journey = journey;
    this.#server = server;
    this.#take(Buffer.from(first));
    socket.on('data', this.#onData).once('end', this.#wake).once('close', this.#wake);
  }

  /** Resolves with a socket when a handoff has failed and the client is still here. */
  async run(): Promise<net.Socket | undefined> {
    const { itinerary } = this.#journey;
    while (!this.#socket.destroyed) {
      if (this.#leaving !== undefined) return this.#depart(this.#leaving);
      if (this.#legReached()) return this.#handOff();
      this.#protect();
      if (this.#journey.sent < itinerary.bytes) await this.#sendChunk();
      else if (this.#journey.received < itinerary.upload && !this.#socket.readableEnded) {
        await once(this.#socket, 'activity').catch(() => undefined);
      } else return this.#finish();
    }
    this.#leaving?.resolve(undefined);
    return undefined;
  }

  /** Resolves with the state between two writes; from then on the socket is somebody else's. */
  leave(): Promise<Journey | undefined> {
    if (this.#finishing) return Promise.resolve(undefined);
    this.#leaving = Promise.withResolvers();
    this.#socket.emit('activity');
    return this.#leaving.promise;
  }

  #depart({ resolve }: PromiseWithResolvers<Journey | undefined>): undefined {
    this.#letGo();
    resolve(this.#journey);
  }

  #letGo(): void {
    this.#socket.off('data', this.#onData).off('end', this.#wake).off('close', this.#wake);
  }

  #legReached(): boolean {
    const { itinerary, leg } = this.#journey;
    const next = itinerary.legs[leg];
    return next !== undefined && this.#journey[next.of] >= next.after;
  }

  /** What is written follows from the journey as soon as the client has sent all that it sends. */
  #protect(): void {
    if (this.#protected || this.#journey.received < this.#journey.itinerary.upload) return;
    this.#protected = true;
    void this.#server.protect(this.#socket, Buffer.from(JSON.stringify(this.#journey)));
  }

  #take(chunk: Buffer): void {
    const journey = this.#journey;
    const start = journey.received;
    journey.received += chunk.length;
    const { documents } = journey.itinerary;
    journey.intact &&= chunk.equals(documentPart(start, journey.received, documents?.upload));
    this.#socket.emit('activity');
  }

  async #sendChunk(): Promise<void> {
    const { itinerary, leg, sent } = this.#journey;
    const { pace } = itinerary;
    const next = itinerary.legs[leg];
    const stop = next?.of === 'sent' ? Math.min(next.after, itinerary.bytes) : itinerary.bytes;
    const end = Math.min(sent + (pace?.octets ?? CHUNK_OCTETS), stop);
    await new Promise<void>((resolve) =>
      // The callback runs when the octets are in the kernel's socket, or never will be.
      this.#socket.write(documentPart(sent, end, itinerary.documents?.download), () => {
        this.#journey.sent = end;
        resolve();
      }),
    );
    if (pace !== undefined) await this.#pause(pace.everyMs);
  }

  /** Or until something happens. */
  async #pause(everyMs: number): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([
      once(this.#socket, 'activity', { signal }),
      wait(everyMs, undefined, { signal }),
    ]).catch(() => undefined);
    over.abort();
  }

  async #handOff(): Promise<net.Socket | undefined> {
    const { itinerary, leg } = this.#journey;
    const { acceptor } = itinerary.legs[leg]!;
    this.#letGo();
    const state = Buffer.from(JSON.stringify({ ...this.#journey, leg: leg + 1 }));
    const how = { variant: handoffVariant(itinerary.variant), waitMs: 0 };
    // Lost: nobody can go on, and the socket is gone.
    return this.#server.clientHandoff(this.#socket, ipv6(acceptor), state, how).then(
      (result) => (result.moved ? undefined : result.socket),
      () => undefined,
    );
  }

  async #finish(): Promise<undefined> {
    this.#finishing = true;
    const { intact, received, told } = this.#journey;
    const verdict = Buffer.alloc(VERDICT_OCTETS);
    verdict.writeUInt32BE(intact ? received : DAMAGED);
    await new Promise<void>((resolve) => this.#socket.write(verdict.subarray(told), () => resolve()));
    await this.#server.clientClose(this.#socket);
  }
}
