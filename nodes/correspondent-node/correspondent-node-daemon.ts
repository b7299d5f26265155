import { FdPoller } from '../../linux/fd-poller.ts';
import { stopIdleMetrics } from '../../linux/idle-metrics.ts';
import { inNetworkNamespace } from '../../linux/network-namespace.ts';
import type { CorrespondentNodeConfig } from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import { startNode } from '../support/node-process.ts';
import { Observation } from '../support/observation/observation.ts';
import { merged } from '../support/observation/observed.ts';
import { CorrespondentHost } from './correspondent-host.ts';
import { correspondentNodeConfig } from './correspondent-node-config.ts';

/** The correspondent-node daemon (RFC 6275 §9): beside any application on a client, and independent of it. */
const node = startNode(
  'correspondent-node',
  "a client's Mobile IPv6: answers return routability, keeps the binding cache, programmes route optimisation",
  correspondentNodeConfig,
);
stopIdleMetrics();
const poller = FdPoller.open();
const { namespaces, observe, takesMs = 0, ...settings } = node.config;
const hosts = namespaces?.map((name) => openHost(name)) ?? [openHost(undefined)];
const observation = new Observation(observe, () => {
  const observed = hosts.map((host) => host.observe());
  return {
    trouble: undefined,
    status: {
      program: 'correspondent-node',
      state: 'serving',
      hosts: observed.map(({ name, bindings }) => ({ ...(name === undefined ? {} : { name }), bindings })),
    },
    metrics: merged(observed.flatMap(({ metrics }) => metrics)),
  };
});

node.onStop(() => {
  observation.close();
  for (const host of hosts) host.stop();
  poller.close();
  for (const host of hosts) host.release();
});
node.ready();

function openHost(namespace: string | undefined): CorrespondentHost {
  return new CorrespondentHost({
    name: namespace,
    config: given(settings),
    takesMs,
    poller,
    log: namespace === undefined ? node.log : node.log.as(namespace),
    // What would be kept are ESP counters, of which a correspondent node has none.
    statePath: namespace === undefined ? node.statePath : undefined,
    within: (act) => (namespace === undefined ? act() : inNetworkNamespace(`/run/netns/${namespace}`, act)),
  });
}

/** The settings that were given: an absent one is not one that is undefined. */
function given(all: typeof settings): Omit<CorrespondentNodeConfig, 'random'> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
