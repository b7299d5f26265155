/** One look at a connection: what the peer's latest segment acknowledges, and how many octets the kernel then still held. */
interface Look {
  readonly acknowledged: number;
  readonly end: number;
}

/**
 * Finds the sequence number behind the last octet that was written to a connection, from acknowledgements as they arrive and from the length of the
 * kernel's queue. The sum of both is that number if the kernel has taken the acknowledgement. It refuses some, whose sequence number is not one that
 * it expects (RFC 9293 §3.10.7.4): those of a peer whose window was taken back while octets were under way, for one. Then the sum is too
 * large, by another number for each. Two acknowledgements with the same sum were both taken.
 */
export class LastOctet {
  #before: Look | undefined;

  /** The number, once it is certain. `left`: octets in the queue behind this acknowledgement. */
  look(acknowledged: number, left: number): number | undefined {
    const end = (acknowledged + left) >>> 0;
    const before = this.#before;
    const isLater = before === undefined || (acknowledged - before.acknowledged) << 0 > 0;
    if (!isLater && end === before.end) return undefined;
    this.#before = { acknowledged, end };
    return before !== undefined && isLater && end === before.end ? end : undefined;
  }
}
