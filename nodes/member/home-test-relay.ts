import type { FdPoller } from '../../linux/fd-poller.ts';
import { HomeTestInitMonitor } from '../../linux/home-test-init-monitor.ts';
import { MemberTunnelSocket } from '../../linux/member-tunnel-socket.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { Counters } from '../../mip6/roles/shared/counters.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { EventWriter } from '../support/event-log.ts';
import { RoleLog } from '../support/role-log.ts';
import type { MemberTunnels } from './contact/member-tunnels.ts';

type UnmatchedHomeTest = Extract<MobileNodeEvent, { kind: 'unmatched-home-test' }>;

/** The paper's list of pending handoffs (§3.2): which member waits for the Home Test with this cookie. */
interface PendingHomeTests {
  /** `homeInitCookie`: 8 octets */
  add(client: Ipv6Address, homeInitCookie: Uint8Array, acceptor: Ipv6Address): void;
  find(client: Ipv6Address, homeInitCookie: Uint8Array): Ipv6Address | undefined;
}

/**
 * The contact node's part in other members' return routability (paper §3.2, Fig. 6): the kernel forwards their Home Test
 * Init messages from the member tunnels to the home agent; this class sees them pass, and sends each Home Test
 * back into the tunnel of the acceptor that waits for it.
 */
export class HomeTestRelay {
  /** Home Tests that were for another member, and those that nobody had asked for. */
  readonly counters = new Counters();
  readonly #careOfAddress: Ipv6Address;
  readonly #log: EventWriter;
  readonly #strayLog: RoleLog;
  readonly #pending: PendingHomeTests;
  readonly #monitor: HomeTestInitMonitor;
  readonly #tunnel: MemberTunnelSocket;
  readonly #stopListening: () => void;

  constructor(
    { careOfAddress, contactAddress }: { careOfAddress: Ipv6Address; contactAddress: Ipv6Address },
    tunnels: MemberTunnels,
    poller: FdPoller,
    log: EventWriter,
    pending: PendingHomeTests,
  ) {
    this.#pending = pending;
    this.#careOfAddress = careOfAddress;
    this.#log = log;
    this.#strayLog = new RoleLog(log);
    this.#tunnel = MemberTunnelSocket.open(careOfAddress);
    this.#monitor = HomeTestInitMonitor.open(poller, [...tunnels.byName.keys()]);
    this.#stopListening = tunnels.listen({
      added: (name) => this.#monitor.add(name),
      removed: (name) => this.#monitor.remove(name),
    });
    this.#monitor.onHomeTestInit = (seen) => {
      const acceptor = tunnels.byName.get(seen.interface);
      if (acceptor === undefined || seen.source !== contactAddress) return;
      const { destination: client, homeInitCookie } = seen;
      this.#pending.add(client, homeInitCookie, acceptor);
      this.#log.write('handoff-pending', { client, acceptor });
    };
  }

  relay(event: UnmatchedHomeTest): void {
    const acceptor = this.#pending.find(event.source, event.homeInitCookie);
    if (acceptor === undefined) {
      this.counters.add('discarded.home-test-for-nobody');
      this.#strayLog.write({ kind: 'home-test-for-nobody', client: event.source });
      return;
    }
    const { source, destination, bytes } = event;
    this.#tunnel.relay({ source, destination, bytes }, this.#careOfAddress, acceptor);
    this.counters.add('home-test-relayed');
    this.#log.write('home-test-relayed', { client: source, acceptor });
  }

  close(): void {
    this.#stopListening();
    this.#monitor.close();
    this.#tunnel.close();
  }
}
