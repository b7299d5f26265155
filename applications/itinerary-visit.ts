import net from 'node:net';
import * as z from 'zod/mini';
import type { FdPoller } from '../linux/fd-poller.ts';
import { openConnection } from '../linux/tcp/open-connection.ts';
import { boundReceiveWindow } from '../linux/tcp/receive-window.ts';
import { ipv6 } from '../mip6/wire/address.ts';
import { ms, octets, positiveMs } from '../nodes/support/config-numbers.ts';
import type { EventWriter } from '../nodes/support/event-log.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { documentPart } from './document.ts';
import { itinerary } from './itinerary.ts';

export const itineraryVisit = strictObject({
  name: z.string(),
  /** network namespace of the client */
  host: z.string(),
  /** visits of one host with one of these follow one another, others are beside them; absent: 1 */
  series: z.optional(z.int()),
  /** contact address */
  server: z.ipv6(),
  atMs: ms,
  itinerary,
  /** sends so many octets at a time, so long apart, beginning at once */
  pace: strictObject({ octets: octets, everyMs: ms }),
  /** closes its side behind the last octet that it sends, and reads on */
  halfClose: z.optional(z.boolean()),
  /** the largest receive window that the client offers, octets */
  receiveWindow: octets,
  /** not finished by then, counted from its start: given up, a failure */
  deadlineMs: positiveMs,
});

export type PlannedVisit = z.infer<typeof itineraryVisit>;

interface VisitContext {
  readonly poller: FdPoller;
  readonly port: number;
  readonly log: EventWriter;
}

const VERDICT_OCTETS = 4;

/** One connection to an itinerary server. Both directions are compared: what comes with the document, and what the server has received with what was sent. */
export class ItineraryVisit {
  readonly #visit: PlannedVisit;
  readonly #context: VisitContext;
  readonly #finished = Promise.withResolvers<void>();
  readonly #deadline = new AbortController();
  #pace: NodeJS.Timeout | undefined;
  #received = 0;
  #intact = true;
  #verdict = Buffer.alloc(0);
  #problem = '';
  /** the server has ended its side in order */
  #ended = false;

  constructor(visit: PlannedVisit, context: VisitContext) {
    this.#visit = visit;
    this.#context = context;
  }

  /** Resolves when it is over, whichever way; the log says how. */
  async run(): Promise<void> {
    const { name, host, server, deadlineMs } = this.#visit;
    const { log, poller, port } = this.#context;
    log.write('visit-started', { name, server });
    const timer = setTimeout(() => this.#deadline.abort(`not finished within ${deadlineMs} ms`), deadlineMs);
    try {
      const to = { address: ipv6(server), port };
      const fd = await openConnection(poller, `/run/netns/${host}`, to, this.#deadline.signal);
      this.#converse(new net.Socket({ fd, allowHalfOpen: true }));
      await this.#finished.promise;
    } catch (error) {
      this.#problem = String(error);
    }
    clearTimeout(timer);
    clearTimeout(this.#pace);
    this.#tell();
  }

  #converse(socket: net.Socket): void {
    const { name, itinerary: wanted, receiveWindow } = this.#visit;
    this.#context.log.write('visit-connected', { name, port: socket.localPort ?? 0 });
    const giveUp = (): void => void socket.destroy(new Error(String(this.#deadline.signal.reason)));
    this.#deadline.signal.addEventListener('abort', giveUp);
    boundReceiveWindow(socket, receiveWindow);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.once('end', () => {
      this.#ended = true;
      socket.end();
    });
    socket.once('error', (error) => (this.#problem = String(error)));
    socket.once('close', () => {
      this.#deadline.signal.removeEventListener('abort', giveUp);
      this.#finished.resolve();
    });
    socket.write(`${JSON.stringify(wanted)}\n`);
    this.#send(socket, 0);
  }

  #send(socket: net.Socket, from: number): void {
    const { itinerary: wanted, pace, halfClose } = this.#visit;
    if (socket.destroyed || socket.writableEnded) return;
    if (from >= wanted.upload) {
      if (halfClose === true) socket.end();
      return;
    }
    const end = Math.min(wanted.upload, from + pace.octets);
    socket.write(documentPart(from, end, wanted.documents?.upload));
    this.#pace = setTimeout(() => this.#send(socket, end), pace.everyMs);
  }

  #take(chunk: Buffer): void {
    const { bytes, documents } = this.#visit.itinerary;
    const start = this.#received;
    this.#received += chunk.length;
    const document = chunk.subarray(0, Math.max(0, bytes - start));
    this.#intact &&= document.equals(documentPart(start, start + document.length, documents?.download));
    if (document.length === chunk.length) return;
    // No more than is compared below.
    const rest = Buffer.concat([this.#verdict, chunk.subarray(document.length)]);
    this.#verdict = rest.subarray(0, VERDICT_OCTETS + 1);
  }

  #tell(): void {
    const { name, itinerary: wanted } = this.#visit;
    const whole = this.#verdict.length === VERDICT_OCTETS;
    // -1: the server has not said, or more than that.
    const uploaded = whole ? this.#verdict.readUInt32BE() : -1;
    this.#context.log.write('visit-finished', {
      name,
      ok: this.#intact && this.#problem === '' && uploaded === wanted.upload,
      intact: this.#intact,
      bytes: Math.min(this.#received, wanted.bytes),
      wanted: wanted.bytes,
      uploaded,
      upload: wanted.upload,
      ended: this.#ended,
      problem: this.#problem,
    });
  }
}
