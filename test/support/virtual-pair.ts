import assert from 'node:assert/strict';
import type { MobilityDatagram, Transmission } from '../../mip6/roles/shared/datagram.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { seededRandom } from '../../topologies/seeded-random.ts';
import { verifyMobilityHeaderChecksum } from './mobility-checksum.ts';

/** How every packet of a virtual network fares. Jitter larger than the gap between packets reorders them. */
export interface VirtualPath {
  readonly delayMs: number;
  readonly jitterMs?: number;
  /** probabilities, 0…1 */
  readonly loss?: number;
  readonly duplication?: number;
}

/** Anything that sends and receives Mobility Headers in virtual time. */
export interface VirtualNode {
  readonly addresses: readonly Ipv6Address[];
  receive(datagram: MobilityDatagram, now: Instant): void;
  deadline(): Instant | undefined;
  handleTimeout(now: Instant): void;
  /** Transmissions since the last call. */
  drain(now: Instant): readonly Transmission[];
}

export interface Recorded<Output> {
  readonly at: Instant;
  readonly output: Output;
}

/** A role as a node of a virtual network; `outputs` keeps all that it put out, in order. */
export class RoleNode<Input, Output extends { readonly kind: string }> implements VirtualNode {
  readonly outputs: Recorded<Output>[] = [];
  readonly role: Role<Input, Output>;
  readonly addresses: readonly Ipv6Address[];
  readonly #toInput: (datagram: MobilityDatagram) => Input;

  constructor(
    role: Role<Input, Output>,
    addresses: readonly Ipv6Address[],
    toInput: (datagram: MobilityDatagram) => Input,
  ) {
    this.role = role;
    this.addresses = addresses;
    this.#toInput = toInput;
  }

  receive(datagram: MobilityDatagram, now: Instant): void {
    this.role.handle(this.#toInput(datagram), now);
  }

  deadline(): Instant | undefined {
    return this.role.deadline();
  }

  handleTimeout(now: Instant): void {
    this.role.handleTimeout(now);
  }

  drain(now: Instant): readonly Transmission[] {
    const sent: Transmission[] = [];
    for (let output = this.role.poll(); output !== undefined; output = this.role.poll()) {
      this.outputs.push({ at: now, output });
      if (isTransmission(output)) sent.push(output);
    }
    return sent;
  }
}

interface Flight {
  readonly at: Instant;
  readonly order: number;
  readonly to: VirtualNode;
  readonly datagram: MobilityDatagram;
}

const MAX_STEPS = 200_000;

/** Nodes joined over one path, in virtual time: the same seed gives the same run. */
export class VirtualNetwork {
  now: Instant = 0;
  path: VirtualPath;
  readonly sent: { readonly at: Instant; readonly transmission: Transmission }[] = [];
  readonly #nodes: readonly VirtualNode[];
  readonly #random: () => number;
  #flights: Flight[] = [];
  #order = 0;

  constructor(nodes: readonly VirtualNode[], path: VirtualPath, seed: number) {
    this.#nodes = nodes;
    this.path = path;
    this.#random = seededRandom(seed);
  }

  /** Calls `act` now and sends what comes of it. */
  act(act: (now: Instant) => void): void {
    act(this.now);
    this.#drain();
  }

  /** Puts a packet of nobody's on the path, as an attacker would. */
  inject(transmission: Transmission): void {
    this.#send(transmission);
  }

  /** Lets `ms` of virtual time pass. */
  advance(ms: number): void {
    this.run(() => false, ms);
  }

  /** Runs until `done` or for at most `ms`; whether `done` came. */
  run(done: () => boolean, ms: number): boolean {
    const end = this.now + ms;
    for (let step = 0; step < MAX_STEPS; step++) {
      if (done()) return true;
      const next = this.#next();
      if (next === undefined || next > end) {
        this.now = end;
        return false;
      }
      this.now = Math.max(this.now, next);
      this.#step();
    }
    return assert.fail(`no progress in virtual time at ${this.now} ms after ${MAX_STEPS} steps`);
  }

  #next(): Instant | undefined {
    const instants = [this.#flights[0]?.at, ...this.#nodes.map((node) => node.deadline())];
    return instants.reduce((first, at) =>
      at !== undefined && (first === undefined || at < first) ? at : first,
    );
  }

  #step(): void {
    const flight = this.#flights[0];
    if (flight !== undefined && flight.at <= this.now) {
      this.#flights.shift();
      flight.to.receive(flight.datagram, this.now);
    } else {
      for (const node of this.#nodes) {
        const deadline = node.deadline();
        if (deadline !== undefined && deadline <= this.now) node.handleTimeout(this.now);
      }
    }
    this.#drain();
  }

  #drain(): void {
    for (const node of this.#nodes) for (const transmission of node.drain(this.now)) this.#send(transmission);
  }

  #send(transmission: Transmission): void {
    this.sent.push({ at: this.now, transmission });
    const { source, destination, bytes, careOfAddress, routingHeader } = transmission;
    assert.ok(
      verifyMobilityHeaderChecksum(bytes, source, destination),
      'checksum over the logical addresses',
    );
    const target = routingHeader === true ? careOfAddress : destination;
    const to = this.#nodes.find(({ addresses }) => addresses.some((address) => address === target));
    if (to === undefined) return;
    const via = careOfAddress === undefined ? {} : { careOfAddress };
    const copies = this.#random() < (this.path.duplication ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < (this.path.loss ?? 0)) continue;
      const at = this.now + this.path.delayMs + this.#random() * (this.path.jitterMs ?? 0);
      this.#order += 1;
      this.#flights.push({ at, order: this.#order, to, datagram: { source, destination, ...via, bytes } });
    }
    this.#flights.sort((left, right) => left.at - right.at || left.order - right.order);
  }
}

function isTransmission(output: { readonly kind: string }): output is Transmission {
  return output.kind === 'transmit';
}
