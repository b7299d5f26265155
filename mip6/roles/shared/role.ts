/** Milliseconds since an epoch of the caller's choice; never goes backwards. Fractions allowed. */
export type Instant = number;

/**
 * Every protocol role: no sockets, no clock, no randomness of its own.
 * After each `handle` or `handleTimeout` the caller drains `poll()` until it is undefined,
 * then arms one timer for `deadline()`.
 */
export interface Role<Input, Output> {
  handle(input: Input, now: Instant): void;
  poll(): Output | undefined;
  /** The next instant at which `handleTimeout` has something to do. */
  deadline(): Instant | undefined;
  handleTimeout(now: Instant): void;
}

/** `length` fresh octets; the caller passes a cryptographic source in a node, a seeded one in a test. */
export type RandomBytes = (length: number) => Uint8Array;
