import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AnyChannelFrame, HelloFrame } from './channel-frames.ts';
import { type Agreement, type Announcement, agree, ownAnnouncement, unannounced } from './versions.ts';

/**
 * How a connection of the channel begins: each end says Hello and then sends padding, once and in this order; the channel stands
 * with the end of the peer's padding, and only from then on does it take other frames.
 */
export class Greeting {
  readonly #peer: Ipv6Address;
  readonly #own: Announcement;
  #hello: HelloFrame | undefined;
  #agreement: Agreement | undefined;
  #open = false;

  /** `peer`: the address that the connection comes from, or goes to. */
  constructor(peer: Ipv6Address, own: Announcement = ownAnnouncement) {
    this.#peer = peer;
    this.#own = own;
  }

  /** undefined before the peer's Hello */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** of the peer's process; undefined before its Hello */
  get incarnation(): number | undefined {
    return this.#hello?.incarnation;
  }

  /** `opened`: with this frame the channel stands; `open`: it stood, and the frame is for others. Throws ProtocolError out of order. */
  take(frame: AnyChannelFrame): 'greeted' | 'opened' | 'open' {
    if (this.#hello === undefined) {
      if (frame.kind !== 'hello') throw new ProtocolError(`${frame.kind} came before Hello`);
      this.#greet(frame);
      return 'greeted';
    }
    if (this.#open) {
      if (frame.kind !== 'hello' && frame.kind !== 'padding') return 'open';
      throw new ProtocolError(`${frame.kind} came again`);
    }
    if (frame.kind !== 'padding') throw new ProtocolError(`${frame.kind} came before the padding`);
    this.#open = true;
    return 'opened';
  }

  #greet(hello: HelloFrame): void {
    if (hello.careOfAddress !== this.#peer)
      throw new ProtocolError(`Hello names ${hello.careOfAddress}, and comes from ${this.#peer}`);
    this.#agreement = agree(this.#own, hello.announced ?? unannounced);
    this.#hello = hello;
  }
}
