import type { Instant } from '../../mip6/roles/shared/role.ts';

/**
 * The first timeout of a re-created socket, whose round trip is not known (RFC 6298 §5.7), ms. The kernel counts the time in which it is
 * frozen as the network's: from then on the socket is in loss recovery with a window of one segment, and its timer doubles, though
 * nothing was sent.
 */
const LONGEST_WAIT_MS = 3000;

/** What a re-created socket is made and ended by. */
interface Remaking<Socket> {
  /** Throws LabError. */
  make(): Socket;
  /** Ends it without a packet. */
  end(socket: Socket): void;
  /** octets of it are in flight: without any no clock runs */
  readonly inFlight: boolean;
}

/** A re-created socket until it is activated: one that had to wait long is made anew then, from the same state, so that its clocks begin. */
export class WaitingSocket<Socket> {
  readonly #remaking: Remaking<Socket>;
  readonly #since: Instant;
  #socket: Socket;

  /** Throws LabError. */
  constructor(remaking: Remaking<Socket>, now: Instant) {
    this.#remaking = remaking;
    this.#since = now;
    this.#socket = remaking.make();
  }

  /** The socket to activate now, once. Throws LabError. */
  ready(now: Instant): Socket {
    const { inFlight, make, end } = this.#remaking;
    if (!inFlight || now - this.#since <= LONGEST_WAIT_MS) return this.#socket;
    // Two sockets cannot have the same ends.
    end(this.#socket);
    this.#socket = make();
    return this.#socket;
  }

  end(): void {
    this.#remaking.end(this.#socket);
  }
}
