import * as z from 'zod/mini';
import { applicationConfig } from '../applications/registry.ts';
import { homeAssociations } from '../support/associations.ts';

const address = z.ipv6();

/** Who keeps the contact address when its node goes, and when it acts (paper §3.2, §7.1); times in ms, see GroupTiming. */
const group = z.object({
  /** care-of addresses of the members that may hold the associations with the home agent, in the order in which they take over */
  trusted: z.array(address),
  heartbeatMs: z.number(),
  suspectMs: z.number(),
  staggerMs: z.number(),
  registrationMs: z.number(),
  handOverMs: z.number(),
});

/** How many clients without Mobile IPv6 a contact node serves, and for how long what is found out about clients holds good. */
const plainClients = z.object({
  /** clients in service at a time; further ones are refused by a reset, 0 refuses all */
  limit: z.optional(z.int()),
  /** ms; see ClientKindsPlan */
  refusedMs: z.optional(z.number()),
  silentMs: z.optional(z.number()),
  capableMs: z.optional(z.number()),
});

export type ContactGroupSettings = z.infer<typeof group>;

/** Configuration of a member node; every member of a server names the same contact address and ports. */
export const memberConfig = z.object({
  careOfAddress: address,
  contactAddress: address,
  homeAgent: address,
  /** care-of address of the member that creates the contact address; equal to `careOfAddress` at that member itself */
  contactNode: address,
  /** at that member: the associations with the home agent; backups are given them over the channel */
  associations: z.optional(homeAssociations),
  /** absent: the contact address ends with its node, and nothing is said about it */
  group: z.optional(group),
  /** care-of addresses of the other members */
  peers: z.array(address),
  channelPort: z.int(),
  /** the server's group key, 32 octets in hexadecimal: the channel is TLS 1.3 with it; absent: in the clear */
  channelKey: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected 32 octets in hexadecimal'))),
  /** file to which the channel's TLS secrets are appended, for Wireshark; absent: nowhere */
  channelKeyLog: z.optional(z.string()),
  /** ms until a peer that acknowledges nothing counts as unreachable; default 5000 */
  channelTimeoutMs: z.optional(z.number()),
  servicePort: z.int(),
  homeLifetimeSeconds: z.int(),
  bindingLifetimeSeconds: z.int(),
  /** ms from Init to Done before the donor asks the acceptor to give up */
  doneTimeoutMs: z.number(),
  /** ms that an acceptor serves without a word of its donor before it asks the client whose it is; default 5000 */
  leaseMs: z.optional(z.number()),
  /** clients without Mobile IPv6 (paper §7.2); defaults in plain/create-plain-clients.ts */
  plainClients: z.optional(plainClients),
  /** retransmissions of an unanswered test, after which a client counts as silent; default 8 */
  testRetransmissions: z.optional(z.int()),
  /** for tests of failures: the process kills itself right behind the first event of this name */
  failAt: z.optional(z.string()),
  /** SO_SNDBUF of clients' TCP sockets as asked for: bounds the TCP state that a handoff transfers */
  sendBuffer: z.int(),
  application: applicationConfig,
});

export type MemberConfig = z.infer<typeof memberConfig>;
