import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ConnectionPorts, ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import { type Flow, flowKey } from '../../../server/plain/plain-clients.ts';
import { monotonicMs } from '../../support/role-driver.ts';
import type { Forwarder } from './forwarder.ts';

/** Longer than a contact node remembers the end of a connection: a successor may have heard that it lives, and not that it has ended. */
const REMEMBERED_MS = 70_000;
const CAPACITY = 4096;

interface EndedConnectionsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly forwarder: Pick<Forwarder, 'ended'>;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
}

/**
 * Connections of clients without Mobile IPv6 that have ended at this member, or that it has given up. The contact node is told, and
 * told again where it may not know: it would forward and count them for ever.
 */
export class EndedConnections {
  readonly #options: EndedConnectionsOptions;
  /** `toldAt`: undefined while nobody could be told */
  readonly #ended = new Map<string, { readonly flow: Flow; readonly toldAt: number | undefined }>();

  constructor(options: EndedConnectionsOptions) {
    this.#options = options;
  }

  /** A contact node ignores this from a member that does not hold the connections any more. */
  tell(client: Ipv6Address, connections: readonly ConnectionPorts[], sequence = 0): void {
    const now = monotonicMs();
    const toldAt = this.#tellContactNode(client, connections, sequence) ? now : undefined;
    for (const ports of connections) {
      const flow = { client, ...ports };
      this.#ended.delete(flowKey(flow));
      this.#ended.set(flowKey(flow), { flow, toldAt });
    }
    this.#expire(now);
  }

  /** To another contact node, or one that was out of reach. `isBack`: the connection is here again, or its ports are in use again. */
  tellAgain(isBack: (flow: Flow) => boolean): void {
    this.#expire(monotonicMs());
    const byClient = new Map<Ipv6Address, ConnectionPorts[]>();
    for (const [key, { flow }] of [...this.#ended]) {
      const { client, ...ports } = flow;
      if (isBack(flow)) this.#ended.delete(key);
      else byClient.set(client, [...(byClient.get(client) ?? []), ports]);
    }
    for (const [client, connections] of byClient) this.tell(client, connections);
  }

  /** False when there is nobody to tell. */
  #tellContactNode(client: Ipv6Address, connections: readonly ConnectionPorts[], sequence: number): boolean {
    const { contactAddress, contactNode, careOfAddress, forwarder, send } = this.#options;
    const contact = contactNode();
    if (contact === undefined) return false;
    if (contact !== careOfAddress)
      return send(contact, {
        kind: 'forward',
        contactAddress,
        client,
        sequence,
        what: 'ended',
        connections,
      });
    for (const ports of connections) forwarder.ended({ client, ...ports }, careOfAddress);
    return true;
  }

  #expire(now: number): void {
    for (const [key, { toldAt }] of this.#ended) {
      const old = toldAt !== undefined && toldAt + REMEMBERED_MS <= now;
      if (old || this.#ended.size > CAPACITY) this.#ended.delete(key);
    }
  }
}
