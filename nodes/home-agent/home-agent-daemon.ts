import { FdPoller } from '../../linux/fd-poller.ts';
import { stopIdleMetrics } from '../../linux/idle-metrics.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import { homeAgentBase, homeAgentBinding } from '../../linux/recipes/home-agent.ts';
import { HomeAgent } from '../../mip6/roles/home-agent/home-agent.ts';
import type { HomeAgentBinding, HomeAgentOutput } from '../../mip6/roles/home-agent/home-agent-types.ts';
import { ipv6, ipv6Prefix } from '../../mip6/wire/address.ts';
import { countersOf } from '../support/counters.ts';
import { GuardedSender } from '../support/guarded-sender.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { Observation } from '../support/observation/observation.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import { BindingRecordFile } from './binding-record.ts';
import { homeAgentConfig } from './home-agent-config.ts';
import { observedHomeAgent } from './home-agent-status.ts';
import { TunnelNames } from './tunnel-names.ts';

/** The home-agent daemon (RFC 6275 §10): registers contact addresses and tunnels their traffic. */
const node = startNode(
  'home-agent',
  'registers home addresses of its prefix and tunnels their traffic to the registered care-of address',
  homeAgentConfig,
);
const { config } = node;
const address = ipv6(config.address);
const hold = new KernelHold(
  node,
  config.homeAddresses.map((home) => home.associations),
);
const homes = config.homeAddresses.map((home) => ({
  address: ipv6(home.address),
  associations: hold.continued(home.associations),
}));
stopIdleMetrics();
const poller = FdPoller.open();
const socket = MobilityHeaderSocket.open(poller);
const sender = new GuardedSender(socket, node.log);
const roleLog = new RoleLog(node.log);
const role = new HomeAgent({
  address,
  prefixes: [ipv6Prefix(config.prefix)],
  homeAddresses: homes.map((home) => home.address),
  maximumLifetimeSeconds: config.maximumLifetimeSeconds,
});
const driver = new RoleDriver(role, act);
const record = new BindingRecordFile(node.statePath);
const tunnels = new TunnelNames(homes.map((home) => home.address));

const observation = new Observation(config.observe, () =>
  observedHomeAgent({
    address,
    homeAddresses: homes.map((home) => home.address),
    bindings: role.bindings(),
    now: monotonicMs(),
    counters: countersOf(role, sender, hold),
  }),
);
node.onStop(() => {
  node.log.write('counters', countersOf(role, sender, hold));
  observation.close();
  driver.stop();
  socket.close();
  poller.close();
  hold.release();
});
// The kernel's policies drop every registration that is not in ESP: what arrives here was protected (RFC 6275 §10.3.1).
socket.onDatagram = (datagram) => driver.handle({ kind: 'datagram', datagram, protectedByIpsec: true });
for (const { address: homeAddress, associations } of homes) {
  hold.reconciler.set(
    `base ${homeAddress}`,
    homeAgentBase({ homeAddress, homeAgent: address, associations }),
  );
}
// A home agent that has lost its bindings would be reached by nobody until the next refresh, minutes later.
driver.handle({ kind: 'stored-bindings', bindings: record.read(monotonicMs()) });
node.ready();

function act(output: HomeAgentOutput): void {
  switch (output.kind) {
    case 'transmit':
      sender.send(output);
      return;
    case 'binding':
      programme(output);
      record.write(role.bindings(), monotonicMs());
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
      roleLog.write(output.event);
      return;
    default:
      output satisfies never;
  }
}

function programme(binding: HomeAgentBinding): void {
  const { homeAddress, homeAgent, careOfAddress } = binding;
  const group = `binding ${homeAddress}`;
  if (binding.action === 'delete') {
    tunnels.leave(homeAddress);
    hold.reconciler.clear(group);
    return;
  }
  const { associations } = homes.find((home) => home.address === homeAddress)!;
  const tunnelName = tunnels.towards(careOfAddress, homeAddress);
  hold.reconciler.set(
    group,
    homeAgentBinding({ homeAddress, homeAgent, careOfAddress, tunnelName, associations }),
  );
}
