/**
 * A role was asked for something its protocol does not allow, such as a Binding Update before any care-of address is known.
 *
 * What arrives from the network never throws: it is counted, and reported as an event.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** The RFC's own status for it (RFC 6275 §6.1.8), when there is one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
