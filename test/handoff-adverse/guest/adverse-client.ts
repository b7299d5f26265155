import { createHash } from 'node:crypto';
import net from 'node:net';
import * as z from 'zod/mini';
import { documentPart } from '../../../applications/document.ts';
import { itinerary } from '../../../applications/itinerary.ts';
import { descriptorOf, startReading, stopReading } from '../../../linux/tcp/node-socket.ts';
import { setReceiveLowWater } from '../../../linux/tcp/receive-low-water.ts';
import { boundReceiveWindow } from '../../../linux/tcp/receive-window.ts';
import { startNode } from '../../../nodes/support/node-process.ts';

/** A client of the itinerary server that may read slowly, send beside it, and leave in the middle. */
const session = z.object({
  name: z.string(),
  /** on the lab's monotonic clock, from the first multiple of `periodMs` after the start */
  atMs: z.number(),
  itinerary,
  /** octets; absent: 64 kB */
  receiveWindow: z.optional(z.int()),
  receiveLowWater: z.optional(z.int()),
  /** stops reading when so many octets have arrived, for so long */
  pause: z.optional(z.object({ afterBytes: z.int(), forMs: z.number() })),
  /** closes its side, or resets the connection, so long after the octet has arrived */
  leave: z.optional(z.object({ how: z.enum(['fin', 'rst']), afterBytes: z.int(), delayMs: z.number() })),
  /** sends so many octets at a time, so long apart; absent: all at once */
  pace: z.optional(z.object({ octets: z.int(), everyMs: z.number() })),
});
type Session = z.infer<typeof session>;

const node = startNode(
  'adverse-client',
  'a client under adverse conditions',
  z.object({
    server: z.ipv6(),
    port: z.int(),
    periodMs: z.number(),
    /** nothing arrives for so long: failed */
    timeoutMs: z.number(),
    sessions: z.array(session),
  }),
);

const DEFAULT_WINDOW = 64 * 1024;
const VERDICT_OCTETS = 4;
const begin = (Math.floor(monotonic() / node.config.periodMs) + 1) * node.config.periodMs;

/** ms; the same clock in every process of the lab */
function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

function runAt(asked: Session): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(() => resolve(new Visit(asked).finished), begin + asked.atMs - monotonic()),
  );
}

class Visit {
  readonly finished: Promise<void>;
  readonly #asked: Session;
  readonly #socket: net.Socket;
  readonly #started = monotonic();
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #left = false;
  #problem = '';

  constructor(asked: Session) {
    this.#asked = asked;
    const { server, port, timeoutMs } = node.config;
    const socket = net.connect({ host: server, port, allowHalfOpen: true });
    this.#socket = socket;
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`nothing for ${timeoutMs} ms`)));
    socket.once('connect', () => this.#ask());
    socket.on('data', (chunk) => this.#take(chunk));
    socket.once('end', () => socket.end());
    socket.once('error', (error) => (this.#problem = String(error)));
    this.finished = new Promise((resolve) => socket.once('close', () => resolve(this.#finish())));
  }

  #ask(): void {
    const { name, itinerary: wanted, receiveWindow = DEFAULT_WINDOW, receiveLowWater } = this.#asked;
    node.log.write('session-started', { name, port: this.#socket.localPort ?? 0 });
    if (receiveLowWater !== undefined) setReceiveLowWater(descriptorOf(this.#socket), receiveLowWater);
    boundReceiveWindow(this.#socket, receiveWindow);
    this.#socket.write(`${JSON.stringify(wanted)}\n`);
    this.#send(0);
  }

  #send(from: number): void {
    const { itinerary: wanted, pace } = this.#asked;
    if (from >= wanted.upload || this.#socket.destroyed) return;
    const end = Math.min(wanted.upload, from + (pace?.octets ?? wanted.upload));
    this.#socket.write(documentPart(from, end));
    if (pace !== undefined) setTimeout(() => this.#send(end), pace.everyMs);
  }

  #take(chunk: Buffer): void {
    const before = this.#received;
    this.#received += chunk.length;
    this.#chunks.push(chunk);
    const { pause, leave } = this.#asked;
    const reached = (octets: number): boolean => before < octets && this.#received >= octets;
    if (pause !== undefined && reached(pause.afterBytes)) {
      stopReading(this.#socket);
      setTimeout(() => this.#socket.destroyed || startReading(this.#socket), pause.forMs);
    }
    if (leave !== undefined && reached(leave.afterBytes)) setTimeout(() => this.#leave(), leave.delayMs);
  }

  #leave(): void {
    if (this.#socket.destroyed) return;
    this.#left = true;
    const how = this.#asked.leave!.how;
    node.log.write('leaving', { name: this.#asked.name, how });
    if (how === 'fin') this.#socket.end();
    else this.#socket.resetAndDestroy();
  }

  #finish(): void {
    const { name, itinerary: wanted, leave } = this.#asked;
    const all = Buffer.concat(this.#chunks);
    const document = all.subarray(0, Math.max(0, all.length - VERDICT_OCTETS));
    const sha256 = createHash('sha256').update(document).digest('hex');
    const expected = createHash('sha256').update(documentPart(0, wanted.bytes)).digest('hex');
    const uploaded = all.length < VERDICT_OCTETS ? -1 : all.readUInt32BE(all.length - VERDICT_OCTETS);
    const intact = sha256 === expected && uploaded === wanted.upload && this.#problem === '';
    const dead = leave?.how === 'rst' && this.#left;
    // Of a client that has gone, what it got is still the document's front.
    const ok = dead ? isFront(all, wanted.bytes) : intact;
    const ms = Math.round(monotonic() - this.#started);
    node.log.write('session-finished', {
      name,
      ok,
      dead,
      bytes: all.length,
      uploaded,
      ms,
      problem: this.#problem,
    });
  }
}

function isFront(octets: Buffer, bytes: number): boolean {
  const front = octets.subarray(0, bytes);
  return front.equals(documentPart(0, front.length));
}

node.ready();
Promise.all(node.config.sessions.map(runAt)).then(() => node.end(0));
