import type { PrimaryBinding } from '../../mip6/roles/home-agent/home-agent-types.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { EventFields } from '../support/event-log.ts';
import { counted, type Observed } from '../support/observation/observed.ts';

interface ObservedHomeAgent {
  readonly address: Ipv6Address;
  /** that it serves */
  readonly homeAddresses: readonly Ipv6Address[];
  readonly bindings: readonly PrimaryBinding[];
  readonly now: Instant;
  readonly counters: EventFields;
}

/** A home agent for whoever asks how it is. One without a binding does what it is for: it waits for a contact node. */
export function observedHomeAgent({
  address,
  homeAddresses,
  bindings,
  now,
  counters,
}: ObservedHomeAgent): Observed {
  const bound = homeAddresses.map((homeAddress) => {
    const binding = bindings.find((one) => one.homeAddress === homeAddress);
    if (binding === undefined) return { homeAddress };
    const { careOfAddress, sequence, expiresAt } = binding;
    return { homeAddress, careOfAddress, sequence, expiresInS: Math.round((expiresAt - now) / 1000) };
  });
  return {
    trouble: undefined,
    status: { program: 'home-agent', address, state: 'serving', bindings: bound },
    metrics: [
      {
        name: 'home_binding_expires_seconds',
        help: 'Time until the binding of a home address expires; 0: it has none',
        type: 'gauge',
        values: bound.map(({ homeAddress, expiresInS = 0 }) => ({
          labels: { home: homeAddress },
          value: expiresInS,
        })),
      },
      counted(counters),
    ],
  };
}
