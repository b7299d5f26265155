import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';

/**
 * The receive windows that the client of one connection offers: the window field, shifted by the scale of its SYN once both SYNs have
 * one (RFC 7323 §2.2).
 *
 * What the handshake offers is the kernel's choice, before the program can set a bound; an offer is never taken back (RFC 9293
 * §3.8.6), so windows count from the first one on that reaches beyond it.
 */
export class OfferedWindow {
  /** the unit of the window field, octets: the kernel rounds up to it; 1 without scaling */
  get unit(): number {
    return 2 ** (this.#bothScale ? (this.#scale ?? 0) : 0);
  }

  /** octets; 0 as long as nothing beyond the handshake's has been offered */
  largest = 0;
  readonly #scale: number | undefined;
  #bothScale = false;
  /** sequence number that the client acknowledges first */
  #first: number | undefined;
  /** sequence number behind all that was offered so far */
  #edge = 0;

  constructor(syn: TcpSegment) {
    this.#scale = syn.windowScale;
  }

  fromServer({ flags, windowScale }: TcpSegment): void {
    if ((flags & TCP_FLAG.syn) !== 0)
      this.#bothScale = this.#scale !== undefined && windowScale !== undefined;
  }

  fromClient({ flags, acknowledgement, window }: TcpSegment): void {
    // A reset's window field means nothing.
    if ((flags & (TCP_FLAG.syn | TCP_FLAG.rst)) !== 0 || (flags & TCP_FLAG.ack) === 0) return;
    const octets = window * this.unit;
    const edge = (acknowledgement + octets) >>> 0;
    if (this.#first === undefined) this.#edge = edge;
    this.#first ??= acknowledgement;
    const further = (edge - this.#edge) | 0;
    if (further > 0) this.#edge = edge;
    // Each segment rounds what is left of an offer up to the unit: its edge creeps.
    if (further >= this.unit && acknowledgement !== this.#first)
      this.largest = Math.max(this.largest, octets);
  }
}

/** What is wrong where the client offered more than the cell's `windowBytes`: its bound was not kept, and queues grew with it. */
export function beyondBound(
  { largest, unit }: OfferedWindow,
  windowBytes: number | undefined,
): string | undefined {
  if (windowBytes === undefined || largest < windowBytes + unit) return undefined;
  return `the client offered a receive window of ${largest} octets where windowBytes is ${windowBytes}`;
}
