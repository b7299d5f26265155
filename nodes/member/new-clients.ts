import { NewConnections } from '../../linux/tcp/new-connections.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { LateConnections, type LateInput, type LateOutput } from '../../server/plain/late-connections.ts';
import { RoleDriver } from '../support/role-driver.ts';

interface NewClientsOptions {
  /** of the socket that listens */
  descriptor(): number;
  isListening(): boolean;
  /** Nothing of the client's binding is here any more, and this member is no contact node, which sees all that is new. */
  hasLeft(client: Ipv6Address): boolean;
}

/** Whose new connections a member leaves unanswered: those of clients that another member has, that are on their way to one, or have just gone. */
export class NewClients {
  readonly #options: NewClientsOptions;
  readonly #held: NewConnections;
  readonly #late: RoleDriver<LateInput, LateOutput>;
  #elsewhere: readonly Ipv6Address[] = [];
  #left: readonly Ipv6Address[] = [];

  constructor(options: NewClientsOptions) {
    this.#options = options;
    this.#held = new NewConnections(() => options.descriptor());
    this.#late = new RoleDriver(new LateConnections(), ({ clients }) => {
      this.#left = clients;
      this.#keepOff();
    });
  }

  /** Those of these clients, which other members have, until the next call. */
  keepOff(clients: readonly Ipv6Address[]): void {
    this.#elsewhere = clients;
    this.#keepOff();
  }

  /** Those of a client, until the returned function is called; when it has left meanwhile, those too that it began before. */
  hold(client: Ipv6Address): () => void {
    const release = this.#held.hold(client);
    return () => {
      if (this.#options.hasLeft(client)) this.#late.handle({ kind: 'left', client });
      release();
    };
  }

  /** All of them; those whose handshake is under way come still. */
  holdAll(): void {
    this.#held.holdAll();
  }

  /** The client is here. */
  came(client: Ipv6Address): void {
    this.#late.handle({ kind: 'came', client });
  }

  /** This member is about to be the contact node. */
  inOffice(): void {
    this.#late.handle({ kind: 'in-office' });
  }

  stop(): void {
    this.#late.stop();
  }

  #keepOff(): void {
    if (this.#options.isListening()) this.#held.keepOff([...this.#left, ...this.#elsewhere]);
  }
}
