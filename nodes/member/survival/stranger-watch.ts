import type { FdPoller } from '../../../linux/fd-poller.ts';
import { openPacketSocket } from '../../../linux/packet-socket.ts';
import { RESET_MARK } from '../../../linux/recipes/member-firewall.ts';
import type { SocketEndpoint } from '../../../linux/socket-address.ts';
import { receiveOctets } from '../../../linux/socket-libc.ts';
import {
  ACKNOWLEDGEMENT_OCTETS,
  acknowledgementNumber,
  routedSegmentFilter,
  tcpHeaderAt,
} from '../../../linux/tcp/acknowledgement-filter.ts';
import { hasConnection } from '../../../linux/tcp/connection-table.ts';
import { sendSegment } from '../../../linux/tcp/raw-segment.ts';
import { WatchedDescriptor } from '../../../linux/watched-descriptor.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { TCP_FLAG, TCP_LAYOUT } from '../../../mip6/wire/tcp-header.ts';
import type { StrangersOutput, StrangeSegment } from '../../../server/successor/strangers.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';
import { RoleLog } from '../../support/role-log.ts';
import type { SurvivalOptions } from './survival-options.ts';

/** What `Strangers` asks for: looks at segments of clients that were taken over, and resets their connections. */
export class StrangerWatches {
  readonly #options: Pick<SurvivalOptions, 'contactAddress' | 'log' | 'poller' | 'servicePort'>;
  readonly #heard: (client: Ipv6Address, segment: StrangeSegment) => void;
  readonly #watches = new Map<Ipv6Address, StrangerWatch>();
  readonly #log: RoleLog;

  constructor(
    options: Pick<SurvivalOptions, 'contactAddress' | 'log' | 'poller' | 'servicePort'>,
    heard: (client: Ipv6Address, segment: StrangeSegment) => void,
  ) {
    this.#options = options;
    this.#heard = heard;
    this.#log = new RoleLog(options.log);
  }

  act(output: StrangersOutput): void {
    const { client } = output;
    const { contactAddress: address, log, poller, servicePort: port } = this.#options;
    const local = { address, port };
    switch (output.kind) {
      case 'watch': {
        this.#end(client);
        const heard = (segment: StrangeSegment): void => this.#heard(client, segment);
        // Without it what nobody has stays without an answer; what has been taken over goes on.
        const reason = kernelRefusal(() =>
          this.#watches.set(client, new StrangerWatch(poller, client, local, output.ports, heard)),
        );
        if (reason !== undefined) log.write('connections-not-watched', { client, reason });
        return;
      }
      case 'unwatch':
        this.#end(client);
        return;
      case 'turn-away':
        if (hasConnection(address, client, output.port)) {
          this.#watches.get(client)?.knows(output.port);
          return;
        }
        this.#log.write({ kind: 'connection-turned-away', client, port: output.port });
        // One that does not leave is as good as lost: the client repeats what it is about.
        kernelRefusal(() => turnAway(client, local, output));
        return;
      default:
        output satisfies never;
    }
  }

  stop(): void {
    for (const client of [...this.#watches.keys()]) this.#end(client);
  }

  #end(client: Ipv6Address): void {
    this.#watches.get(client)?.close();
    this.#watches.delete(client);
  }
}

/** Sees a client's segments of connections that this host is not known to have, until it is closed. */
class StrangerWatch {
  readonly #socket: WatchedDescriptor;
  /** the client's ports, of connections that this host has */
  readonly #known: Set<number>;

  /** `ports`: the client's, of connections that are none of these. Throws LabError. */
  constructor(
    poller: FdPoller,
    client: Ipv6Address,
    local: SocketEndpoint,
    ports: readonly number[],
    onSegment: (segment: StrangeSegment) => void,
  ) {
    this.#known = new Set(ports);
    const packet = Buffer.alloc(ACKNOWLEDGEMENT_OCTETS);
    const descriptor = openPacketSocket(routedSegmentFilter(client, local, ports));
    this.#socket = new WatchedDescriptor(poller, descriptor, () => {
      const octets = receiveOctets(descriptor, packet, 0, 'segment of a client');
      if (octets < 0) return false;
      if (octets < ACKNOWLEDGEMENT_OCTETS) return true;
      const port = packet.readUInt16BE(tcpHeaderAt(packet) + TCP_LAYOUT.sourcePort.at);
      if (!this.#known.has(port)) onSegment({ port, acknowledgement: acknowledgementNumber(packet) });
      return true;
    });
  }

  /** This host has a connection of that port. */
  knows(port: number): void {
    this.#known.add(port);
  }

  close(): void {
    this.#socket.close();
  }
}

/** The reset that a host without the connection answers such a segment with (RFC 9293 §3.5.2). Throws LabError. */
function turnAway(
  client: Ipv6Address,
  local: SocketEndpoint,
  { port, acknowledgement }: StrangeSegment,
): void {
  sendSegment(
    local.address,
    client,
    {
      sourcePort: local.port,
      destinationPort: port,
      sequence: acknowledgement,
      acknowledgement: 0,
      flags: TCP_FLAG.rst,
      window: 0,
    },
    RESET_MARK,
  );
}
