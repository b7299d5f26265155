import * as z from 'zod/mini';
import { inPrefix, ipv6 } from '../../mip6/wire/address.ts';
import { homeAssociations } from '../support/associations.ts';
import { address } from '../support/config-fields.ts';
import { lifetimeSeconds } from '../support/config-numbers.ts';
import { observationConfig } from '../support/observation/observation-config.ts';
import { strictObject } from '../support/strict-object.ts';

/** Configuration of a home agent. */
const fields = strictObject({
  address,
  /** the home link's, e.g. 2001:db8:1::/64 */
  prefix: z.cidrv6(),
  /** contact addresses served, each with the associations that protect its registration; none: the router of a site without one (paper Fig. 9, ha2) */
  homeAddresses: z.array(strictObject({ address, associations: homeAssociations })),
  maximumLifetimeSeconds: lifetimeSeconds,
  /** absent: nobody can ask how this program is */
  observe: z.optional(observationConfig),
});

export const homeAgentConfig = fields.check((checked) => {
  // What is wrong by itself is told first.
  if (checked.issues.length > 0) return;
  const { address: own, prefix, homeAddresses } = checked.value;
  const issue = (path: (string | number)[], message: string): void =>
    void checked.issues.push({ code: 'custom', input: checked.value, path, message });
  if (!inPrefix(ipv6(own), prefix)) issue(['address'], `is not of the home link's prefix ${prefix}`);
  const seen = new Set<string>();
  const taken = { spi: new Set<number>(), requestId: new Set<number>() };
  for (const [index, { address: one, associations }] of homeAddresses.entries()) {
    const at = ['homeAddresses', index];
    if (ipv6(one) === ipv6(own)) issue([...at, 'address'], 'is the home agent’s own address');
    if (!inPrefix(ipv6(one), prefix)) issue([...at, 'address'], `is not of the home link's prefix ${prefix}`);
    if (seen.has(ipv6(one))) issue([...at, 'address'], 'is there twice');
    seen.add(ipv6(one));
    for (const [name, association] of Object.entries(associations))
      for (const number of ['spi', 'requestId'] as const) {
        const value = association[number];
        if (taken[number].has(value))
          issue([...at, 'associations', name, number], `${value} is another association's, too`);
        taken[number].add(value);
      }
  }
});
