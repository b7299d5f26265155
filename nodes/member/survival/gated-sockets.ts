import type { FdPoller } from '../../../linux/fd-poller.ts';
import { changeFilterSet, removeFilterTable, setFilterTable } from '../../../linux/nft.ts';
import { PacketQueue } from '../../../linux/packet-queue.ts';
import {
  FIRST_GATE_QUEUE,
  gatedConnections,
  gateKey,
  gateTable,
  inputGate,
} from '../../../linux/recipes/input-gate.ts';
import type { SocketEndpoint } from '../../../linux/socket-address.ts';
import { segmentInput } from '../../../linux/tcp/segment-input.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GatedSegment } from '../../../server/successor/input-gate.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';

interface GatedSocketsOptions {
  /** of the contact address among the member's */
  readonly index: number;
  readonly local: SocketEndpoint;
  readonly poller: FdPoller;
}

/** Connections of clients whose segments the kernel does not take before there is a verdict on them, at one contact address. */
export class GatedSockets {
  readonly #options: GatedSocketsOptions;
  readonly #onSegment: (client: Ipv6Address, port: number, segment: GatedSegment) => void;
  /** by address and port */
  readonly #gated = new Set<string>();
  #queue: PacketQueue | undefined;

  constructor(
    options: GatedSocketsOptions,
    onSegment: (client: Ipv6Address, port: number, segment: GatedSegment) => void,
  ) {
    this.#options = options;
    this.#onSegment = onSegment;
    // Of a process that was killed: what its clients send goes to nobody until then.
    kernelRefusal(() => removeFilterTable(gateTable(options.index)));
  }

  has(client: Ipv6Address, port: number): boolean {
    return this.#gated.has(nameOf(client, port));
  }

  /** From the return of this on nothing of the connection passes unseen; a second call does nothing. Throws LabError where the kernel has no packet queues. */
  add(client: Ipv6Address, port: number): void {
    if (this.has(client, port)) return;
    const { index } = this.#options;
    this.#open();
    changeFilterSet('add', gateTable(index), gatedConnections.name, gateKey({ address: client, port }));
    this.#gated.add(nameOf(client, port));
  }

  remove(client: Ipv6Address, port: number): void {
    if (!this.#gated.delete(nameOf(client, port))) return;
    const key = gateKey({ address: client, port });
    // One that stays is looked at, and let pass.
    kernelRefusal(() =>
      changeFilterSet('remove', gateTable(this.#options.index), gatedConnections.name, key),
    );
  }

  decide(id: number, passes: boolean): void {
    this.#queue?.decide(id, passes);
  }

  stop(): void {
    if (this.#queue === undefined) return;
    kernelRefusal(() => removeFilterTable(gateTable(this.#options.index)));
    this.#queue.close();
    this.#queue = undefined;
  }

  /** With the first of these: until then other connections do not pay for it. */
  #open(): void {
    if (this.#queue !== undefined) return;
    const { index, local, poller } = this.#options;
    const number = FIRST_GATE_QUEUE + index;
    const queue = PacketQueue.open(poller, number, ({ id, octets }) => this.#segment(id, octets));
    try {
      setFilterTable(inputGate(gateTable(index), number, local));
    } catch (error) {
      queue.close();
      throw error;
    }
    this.#queue = queue;
  }

  #segment(id: number, packet: Uint8Array): void {
    const input = segmentInput(packet);
    if (input === 'nothing' || input === 'unreadable') {
      this.decide(id, input === 'nothing');
      return;
    }
    const { source: client, sourcePort: port, sequence, octets, ends } = input;
    if (this.has(client, port)) this.#onSegment(client, port, { id, sequence, octets, ends });
    else this.decide(id, true);
  }
}

function nameOf(client: Ipv6Address, port: number): string {
  return `${client} ${port}`;
}
