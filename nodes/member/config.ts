import * as z from 'zod/mini';
import { applicationConfig } from '../applications/registry.ts';
import { homeAssociations } from '../support/associations.ts';

const address = z.ipv6();

/** Configuration of a member node; every member of a server names the same contact address and ports. */
export const memberConfig = z.object({
  careOfAddress: address,
  contactAddress: address,
  homeAgent: address,
  /** the contact node's care-of address; equal to `careOfAddress` at the contact node itself */
  contactNode: address,
  /** at the contact node (and its backups): the associations with the home agent */
  associations: z.optional(homeAssociations),
  /** care-of addresses of the other members */
  peers: z.array(address),
  channelPort: z.int(),
  /** the server's group key, 32 octets in hexadecimal: the channel is TLS 1.3 with it; absent: in the clear */
  channelKey: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected 32 octets in hexadecimal'))),
  /** file to which the channel's TLS secrets are appended, for Wireshark; absent: nowhere */
  channelKeyLog: z.optional(z.string()),
  servicePort: z.int(),
  homeLifetimeSeconds: z.int(),
  bindingLifetimeSeconds: z.int(),
  /** ms from Init to Done before the donor asks the acceptor to give up */
  doneTimeoutMs: z.number(),
  /** ms that an acceptor serves without a word of its donor before it asks the client whose it is; default 5000 */
  leaseMs: z.optional(z.number()),
  /** for tests of failures: the process kills itself right behind the first event of this name */
  failAt: z.optional(z.string()),
  /** SO_SNDBUF of clients' TCP sockets as asked for: bounds the TCP state that a handoff transfers */
  sendBuffer: z.int(),
  application: applicationConfig,
});

export type MemberConfig = z.infer<typeof memberConfig>;
