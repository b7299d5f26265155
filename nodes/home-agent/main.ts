import * as z from 'zod/mini';
import { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import { homeAgentBase, homeAgentBinding } from '../../linux/recipes/home-agent.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { HomeAgent } from '../../mip6/roles/home-agent.ts';
import type { HomeAgentBinding, HomeAgentOutput } from '../../mip6/roles/home-agent-types.ts';
import { ipv6, ipv6Prefix } from '../../mip6/wire/address.ts';
import { homeAssociations } from '../support/associations.ts';
import { Counters } from '../support/counters.ts';
import { loggable } from '../support/loggable.ts';
import { startNode } from '../support/node-process.ts';
import { RoleDriver } from '../support/role-driver.ts';

/** The home-agent daemon (RFC 6275 §10): registers contact addresses and tunnels their traffic. */
const node = startNode(
  'home-agent',
  'registers home addresses of its prefix and tunnels their traffic to the registered care-of address',
  z.object({
    address: z.ipv6(),
    /** the home link's, e.g. 2001:db8:1::/64 */
    prefix: z.cidrv6(),
    /** contact addresses served, each with the associations that protect its registration */
    homeAddresses: z.array(z.object({ address: z.ipv6(), associations: homeAssociations })),
    maximumLifetimeSeconds: z.int(),
  }),
);
const { config } = node;
const address = ipv6(config.address);
const homes = config.homeAddresses.map((home) => ({ ...home, address: ipv6(home.address) }));
const reconciler = new Reconciler();
const poller = FdPoller.open();
const socket = MobilityHeaderSocket.open(poller);
const counters = new Counters();
const role = new HomeAgent({
  address,
  prefixes: [ipv6Prefix(config.prefix)],
  homeAddresses: homes.map((home) => home.address),
  maximumLifetimeSeconds: config.maximumLifetimeSeconds,
});
const driver = new RoleDriver(role, act);

// The kernel's policies drop every registration that is not in ESP: what arrives here was protected (RFC 6275 §10.3.1).
socket.onDatagram = (datagram) => driver.handle({ kind: 'datagram', datagram, protectedByIpsec: true });
for (const { address: homeAddress, associations } of homes) {
  reconciler.set(`base ${homeAddress}`, homeAgentBase({ homeAddress, homeAgent: address, associations }));
}
node.onStop(() => {
  node.log.write('counters', counters.toFields());
  driver.stop();
  socket.close();
  reconciler.clearAll();
  poller.close();
});
node.ready();

function act(output: HomeAgentOutput): void {
  switch (output.kind) {
    case 'transmit':
      socket.send(output);
      return;
    case 'binding':
      programme(output);
      return;
    case 'probe-duplicate-address':
      // Duplicate address detection is configured off: contact addresses are made for the server and nobody else.
      driver.handle({
        kind: 'duplicate-address-result',
        homeAddress: output.homeAddress,
        duplicate: false,
      });
      return;
    case 'event':
      if (output.event.kind === 'discarded') counters.add(output.event.reason);
      if (output.event.kind === 'registration-rejected') counters.add(`status-${output.event.status}`);
      node.log.write(output.event.kind, loggable(output.event));
      return;
    default:
      output satisfies never;
  }
}

function programme(binding: HomeAgentBinding): void {
  const { homeAddress, homeAgent, careOfAddress } = binding;
  const group = `binding ${homeAddress}`;
  if (binding.action === 'delete') {
    reconciler.clear(group);
    return;
  }
  const index = homes.findIndex((home) => home.address === homeAddress);
  const { associations } = homes[index]!;
  reconciler.set(
    group,
    homeAgentBinding({ homeAddress, homeAgent, careOfAddress, tunnelName: `tm${index}`, associations }),
  );
}
