import type net from 'node:net';
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
import { descriptorOf, hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import { SegmentBoundsReader } from '../../../linux/tcp/segment-bounds.ts';
import { type ReadSegment, type SegmentEnds, segmentInput } from '../../../linux/tcp/segment-input.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GatedSegment } from '../../../server/successor/input-gate.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';

interface GatedSocketsOptions {
  /** of the contact address among the member's */
  readonly index: number;
  readonly local: SocketEndpoint;
  readonly poller: FdPoller;
}

interface Gated {
  readonly socket: net.Socket;
  readonly bounds: SegmentBoundsReader;
}

/** Connections of clients whose segments the kernel does not take before there is a verdict on them, at one contact address. */
export class GatedSockets {
  readonly #options: GatedSocketsOptions;
  readonly #onSegment: (client: Ipv6Address, port: number, segment: GatedSegment) => void;
  /** by the client's address and port */
  readonly #gated = new Map<string, Gated>();
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

  /**
   * From the return of this on nothing of the connection passes unseen; true: nor did it before. It may have another socket by now. Throws LabError where the
   * kernel has no packet queues.
   */
  add(client: Ipv6Address, port: number, socket: net.Socket): boolean {
    const name = nameOf(client, port);
    const before = this.#gated.get(name);
    if (before?.socket === socket) return true;
    const bounds = new SegmentBoundsReader(descriptorOf(socket));
    if (before === undefined) {
      this.#open();
      const key = gateKey({ address: client, port });
      changeFilterSet('add', gateTable(this.#options.index), gatedConnections.name, key);
    }
    this.#gated.set(name, { socket, bounds });
    return before !== undefined;
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
    const reading = segmentInput(packet);
    if (reading.kind === 'harmless') {
      this.decide(id, true);
      return;
    }
    const gated = this.#gatedOf(reading.ends);
    if (gated === 'another') this.decide(id, true);
    else if (reading.kind === 'unreadable' || gated === undefined) this.decide(id, false);
    else this.#input(id, gated, reading);
  }

  /** undefined: it may be any. */
  #gatedOf(ends: SegmentEnds | undefined): Gated | 'another' | undefined {
    if (ends === undefined) return undefined;
    const { from, to } = ends;
    const { address, port } = this.#options.local;
    if (to.address !== address || to.port !== port) return 'another';
    return this.#gated.get(nameOf(from.address, from.port)) ?? 'another';
  }

  #input(id: number, { socket, bounds }: Gated, { ends, input }: ReadSegment): void {
    let seen: ReturnType<SegmentBoundsReader['read']> | undefined;
    // Of one that is closed nobody will read it; of one that the kernel tells nothing of the client sends it again.
    const refusal = kernelRefusal(() => {
      if (hasDescriptor(socket)) seen = bounds.read(input.sequence);
    });
    if (seen === undefined) this.decide(id, refusal === undefined);
    else this.#onSegment(ends.from.address, ends.from.port, { id, ...input, bounds: seen });
  }
}

function nameOf(client: Ipv6Address, port: number): string {
  return `${client} ${port}`;
}
