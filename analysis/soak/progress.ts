import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';

/** A time in which octets were outstanding, and none got further towards the client, ms. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
  /** since when the client had had no acknowledgement of what it had outstanding when this began; default: since then */
  readonly unansweredSinceMs?: number;
}

/**
 * How a connection gets on towards its client, at the core router: octets in order and acknowledgements that go out to the client are
 * progress; outstanding is what the client has sent and has no acknowledgement of, and what a member has sent and has not got out to the
 * client. Sequence numbers are modulo 2³² (RFC 9293 §3.4).
 */
export class Progress {
  readonly #leastMs: number;
  readonly pauses: Pause[] = [];
  /** of the client's octets, from its first one: sent, acknowledged */
  #client: { base: number; sent: number; acknowledged: number } | undefined;
  /** of the server's octets, from its first one: seen, and gone out in order */
  #server: { base: number; seen: number; next: number } | undefined;
  /** what has gone out beyond that, ascending */
  #beyond: { readonly from: number; readonly to: number }[] = [];
  #sinceMs: number | undefined;
  /** since when the client has octets outstanding, and no further acknowledgement: now, and when nothing got on any more */
  #unansweredSinceMs: number | undefined;
  #unansweredThenMs: number | undefined;

  /** Shorter pauses are not kept. */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** A segment of the client's comes in. */
  fromClient(atMs: number, segment: TcpSegment): void {
    this.#client ??= { base: segment.sequence, sent: 0, acknowledged: 0 };
    this.#client.sent = Math.max(this.#client.sent, endOf(segment, this.#client.base));
    if (this.#client.sent > this.#client.acknowledged) this.#unansweredSinceMs ??= atMs;
    this.#waits(atMs);
  }

  /** A segment of the server's comes in, by whichever way. */
  fromServer(atMs: number, segment: TcpSegment): void {
    this.#server ??= { base: segment.sequence, seen: 0, next: 0 };
    this.#server.seen = Math.max(this.#server.seen, endOf(segment, this.#server.base));
    this.#waits(atMs);
  }

  /** A segment of the server's goes out to the client. */
  toClient(atMs: number, segment: TcpSegment): void {
    const before = (this.#client?.acknowledged ?? 0) + (this.#server?.next ?? 0);
    if (this.#client !== undefined && (segment.flags & TCP_FLAG.ack) !== 0) {
      const acknowledged = (segment.acknowledgement - this.#client.base) | 0;
      // The client's FIN counts as an octet, and is none.
      const until = Math.min(acknowledged, this.#client.sent);
      if (until > this.#client.acknowledged) {
        this.#client.acknowledged = until;
        this.#unansweredSinceMs = until < this.#client.sent ? atMs : undefined;
      }
    }
    this.#deliver(segment);
    if ((this.#client?.acknowledged ?? 0) + (this.#server?.next ?? 0) > before) this.#gotOn(atMs);
  }

  /** The connection is over. */
  end(atMs: number): void {
    this.#gotOn(atMs);
  }

  get #outstanding(): boolean {
    const [client, server] = [this.#client, this.#server];
    return (
      (client !== undefined && client.sent > client.acknowledged) ||
      (server !== undefined && server.seen > server.next)
    );
  }

  #waits(atMs: number): void {
    if (this.#sinceMs === undefined && this.#outstanding) this.#sinceMs = atMs;
  }

  #gotOn(atMs: number): void {
    const fromMs = this.#sinceMs;
    if (fromMs !== undefined && atMs - fromMs >= this.#leastMs)
      this.pauses.push({ fromMs, toMs: atMs, unansweredSinceMs: this.#unansweredThenMs ?? fromMs });
    this.#sinceMs = this.#outstanding ? atMs : undefined;
    this.#unansweredThenMs = this.#unansweredSinceMs;
  }

  #deliver(segment: TcpSegment): void {
    if (this.#server === undefined) return;
    const to = endOf(segment, this.#server.base);
    const from = (segment.sequence - this.#server.base) | 0;
    if (to > this.#server.next) this.#beyond.push({ from, to });
    this.#beyond.sort((one, other) => one.from - other.from);
    for (let first = this.#beyond[0]; first !== undefined; first = this.#beyond[0]) {
      if (first.from > this.#server.next) return;
      this.#server.next = Math.max(this.#server.next, first.to);
      this.#beyond.shift();
    }
  }
}

/** Behind the last octet of a segment; a FIN is none, and one that is empty stands where the next would, behind a FIN or not. */
function endOf({ sequence, payloadLength, flags }: TcpSegment, base: number): number {
  const octets = payloadLength + Number((flags & TCP_FLAG.syn) !== 0);
  return octets === 0 ? 0 : ((sequence - base) | 0) + octets;
}
