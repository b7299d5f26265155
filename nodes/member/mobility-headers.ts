import type { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket, type ReceivedMobilityDatagram } from '../../linux/mobility-header-socket.ts';
import { ParameterProblemMonitor } from '../../linux/parameter-problem-monitor.ts';
import type { MobileNodeInput, Recognition } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** What comes from outside. */
type MobilityArrival = Extract<MobileNodeInput, { kind: 'datagram' | 'parameter-problem' }>;

/** The mobile node of one home address. */
export interface MobilityReceiver {
  readonly homeAddress: Ipv6Address;
  /** Whether the arrival answers a message of its own. */
  recognizes(arrival: MobilityArrival): Recognition;
  handle(arrival: MobilityArrival): void;
}

/**
 * The node's one socket for Mobility Headers and its one for Parameter Problems, for all of its home addresses. What comes to a
 * care-of address belongs to the home address that asked for it; what answers nobody's question is told to the first.
 */
export class MobilityHeaders {
  readonly socket: MobilityHeaderSocket;
  readonly #problems: ParameterProblemMonitor;
  readonly #receivers: MobilityReceiver[] = [];

  private constructor(poller: FdPoller) {
    this.socket = MobilityHeaderSocket.open(poller);
    this.socket.onDatagram = (datagram) => this.#onDatagram(datagram);
    this.#problems = ParameterProblemMonitor.open(poller);
    this.#problems.onParameterProblem = (problem) =>
      this.#toWhoeverAsked({ kind: 'parameter-problem', ...problem });
  }

  /** Opens both. Throws LabError without CAP_NET_RAW. */
  static open(poller: FdPoller): MobilityHeaders {
    return new MobilityHeaders(poller);
  }

  add(receiver: MobilityReceiver): void {
    this.#receivers.push(receiver);
  }

  close(): void {
    this.#problems.close();
    this.socket.close();
  }

  #onDatagram(datagram: ReceivedMobilityDatagram): void {
    const arrival = { kind: 'datagram', datagram } as const;
    const owner = this.#receivers.find(({ homeAddress }) => homeAddress === datagram.destination);
    if (owner === undefined) this.#toWhoeverAsked(arrival);
    else owner.handle(arrival);
  }

  #toWhoeverAsked(arrival: MobilityArrival): void {
    const asked = this.#receivers.length > 1 ? whoAsked(this.#receivers, arrival) : undefined;
    (asked ?? this.#receivers[0])?.handle(arrival);
  }
}

/** One that still asks comes before one that knows the client's answer already: it may be another's question. */
export function whoAsked(
  receivers: readonly MobilityReceiver[],
  arrival: MobilityArrival,
): MobilityReceiver | undefined {
  let settled: MobilityReceiver | undefined;
  for (const receiver of receivers) {
    const recognition = receiver.recognizes(arrival);
    if (recognition === 'awaited') return receiver;
    if (recognition === 'settled') settled ??= receiver;
  }
  return settled;
}
