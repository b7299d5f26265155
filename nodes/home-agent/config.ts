import * as z from 'zod/mini';
import { homeAssociations } from '../support/associations.ts';

/** Configuration of a home agent. */
export const homeAgentConfig = z.object({
  address: z.ipv6(),
  /** the home link's, e.g. 2001:db8:1::/64 */
  prefix: z.cidrv6(),
  /** contact addresses served, each with the associations that protect its registration */
  homeAddresses: z.array(z.object({ address: z.ipv6(), associations: homeAssociations })),
  maximumLifetimeSeconds: z.int(),
});

export type HomeAgentSettings = z.infer<typeof homeAgentConfig>;
