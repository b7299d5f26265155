import type { SoakEvent, SoakRecord, Violation } from './record.ts';

/** Terms of a contact address, as its members claim them. */
interface Terms {
  readonly address: string;
  /** term → member that has claimed it */
  readonly claims: Map<number, string>;
  /** member → its latest term */
  readonly latest: Map<string, number>;
  /** member → whom it takes for the contact node; itself while it is in office */
  readonly beliefs: Map<string, string>;
  /** the home agent's binding */
  registered?: { readonly member: string; readonly term: number };
}

/**
 * One contact node for each address at any time: no term belongs to two members, the home agent's binding never goes back to an
 * earlier term, and at the end all members and the home agent agree on one.
 */
export class ContactNodes {
  readonly violations: Violation[] = [];
  /** home registrations of another member than before */
  takeovers = 0;
  readonly #memberNames: ReadonlySet<string>;
  readonly #nameOf: ReadonlyMap<string, string>;
  readonly #addresses: readonly Terms[];
  readonly #running = new Set<string>();

  constructor({ roles }: Pick<SoakRecord, 'roles'>) {
    this.#memberNames = new Set(roles.members.map(({ name }) => name));
    this.#nameOf = new Map(roles.members.map(({ name, address }) => [address, name]));
    this.#addresses = roles.contactAddresses.map(({ address }) => ({
      address,
      claims: new Map(),
      latest: new Map(),
      beliefs: new Map(),
    }));
  }

  /** To be called with all events in the order of time. */
  take(event: SoakEvent): void {
    const { node, fields, atMs } = event;
    if (event.event === 'registration-accepted') this.#registration(event);
    else if (event.event === 'schedule-finished') this.#agreed(atMs);
    else if (event.event === 'process-ended') this.#gone(String(fields.target));
    else if (this.#memberNames.has(node)) this.#ofMember(event);
  }

  #ofMember({ atMs, node, event, fields }: SoakEvent): void {
    if (event === 'ready') this.#running.add(node);
    const terms = this.#of(fields.contactAddress);
    if (terms === undefined) return;
    switch (event) {
      case 'contact-claimed': {
        const term = Number(fields.epoch);
        const holder = terms.claims.get(term);
        if (holder !== undefined && holder !== node)
          this.#violated(atMs, `${terms.address}: ${node} claims term ${term}, which is ${holder}'s`);
        const before = terms.latest.get(node);
        if (before !== undefined && before >= term)
          this.#violated(atMs, `${terms.address}: ${node} claims term ${term} after its term ${before}`);
        terms.claims.set(term, node);
        terms.latest.set(node, term);
        terms.beliefs.set(node, node);
        return;
      }
      case 'contact-followed':
        terms.beliefs.set(node, this.#nameOf.get(String(fields.contactNode)) ?? 'a stranger');
        return;
      case 'contact-released':
        terms.beliefs.delete(node);
        return;
      default:
        return;
    }
  }

  #registration({ atMs, fields }: SoakEvent): void {
    const terms = this.#of(fields.homeAddress);
    const member = this.#nameOf.get(String(fields.careOfAddress));
    if (terms === undefined || member === undefined || fields.change === 'deleted') return;
    const term = terms.latest.get(member);
    if (term === undefined) {
      this.#violated(atMs, `${terms.address}: the home agent has registered ${member}, which has no term`);
      return;
    }
    const { registered } = terms;
    if (registered !== undefined && term < registered.term) {
      const text = `${terms.address}: the home agent goes from term ${registered.term} of ${registered.member} back to term ${term} of ${member}`;
      this.#violated(atMs, text);
    }
    if (registered !== undefined && registered.member !== member) this.takeovers++;
    terms.registered = { member, term };
  }

  /** What a process believed ends with it. */
  #gone(member: string): void {
    this.#running.delete(member);
    for (const { beliefs } of this.#addresses) beliefs.delete(member);
  }

  /** When nothing has been disturbed for some time. */
  #agreed(atMs: number): void {
    for (const { address, registered, beliefs } of this.#addresses) {
      for (const member of this.#running) {
        const believed = beliefs.get(member) ?? 'nobody';
        if (believed === registered?.member) continue;
        const text = `${address}: ${member} takes ${believed} for the contact node, the home agent ${registered?.member ?? 'nobody'}`;
        this.#violated(atMs, text);
      }
    }
  }

  #of(address: unknown): Terms | undefined {
    // Members leave the first one out.
    if (address === undefined) return this.#addresses[0];
    return this.#addresses.find((terms) => terms.address === address);
  }

  #violated(atMs: number, text: string): void {
    this.violations.push({ invariant: 'one-contact-node', atMs, text });
  }
}
