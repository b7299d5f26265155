import * as z from 'zod/mini';
import { applicationConfig } from '../../applications/registry.ts';
import { LARGEST_SEND_BUFFER, LARGEST_STATES_OCTETS } from '../../server/channel/frame-limits.ts';
import { homeAssociations } from '../support/associations.ts';
import { address } from '../support/config-fields.ts';
import { count, lifetimeSeconds, ms, port, positiveMs } from '../support/config-numbers.ts';
import { observationConfig } from '../support/observation/observation-config.ts';
import { strictObject } from '../support/strict-object.ts';
import { membershipConfig } from './membership/membership-config.ts';
import { publicationConfig } from './publication/publication-config.ts';
import { sharedKey, trustKey } from './written-keys.ts';

/** Routing tables and file names have room for so many. */
const MOST_CONTACTS = 64;
/** six bits */
const LARGEST_DSCP = 63;

/** Who keeps the contact address when its node goes, and when it acts (paper §3.2, §7.1); times in ms, see GroupTiming. */
const group = strictObject({
  /** care-of addresses of the members that may hold the associations with the home agent, in the order in which they take over */
  trusted: z.array(address),
  heartbeatMs: positiveMs,
  suspectMs: positiveMs,
  staggerMs: ms,
  registrationMs: positiveMs,
  handOverMs: positiveMs,
  /** from the end of a member until its clients' bindings are deleted (ReleasePlan.holdOffMs); default 5000 */
  releaseMs: z.optional(ms),
  /** 1: another member keeps what it takes to go on with a protected connection when its own dies; default 0 */
  replicas: z.optional(z.int().check(z.gte(0, 'expected 0 or 1'), z.lte(1, 'expected 0 or 1'))),
});

/** How many clients without Mobile IPv6 a contact node serves, and for how long what is found out about clients holds good. */
const plainClients = strictObject({
  /** clients in service at a time; further ones are refused by a reset, 0 refuses all */
  limit: z.optional(count),
  /** ms; see ClientKindsPlan */
  refusedMs: z.optional(ms),
  silentMs: z.optional(ms),
  capableMs: z.optional(ms),
});

export type ContactGroupSettings = z.infer<typeof group>;

/** One of several contact addresses (paper §7.3). */
const contact = strictObject({
  address,
  homeAgent: address,
  contactNode: address,
  associations: z.optional(homeAssociations),
  /** default: the process's `group`, in which the nodes of the other contact addresses are the backups */
  group: z.optional(group),
  /** default: the process's `application`; each contact address has one of its own in any case */
  application: z.optional(applicationConfig),
});

/** Configuration of a member node; every member of a server names the same contact addresses, in the same order, and ports. */
export const memberFields = strictObject({
  careOfAddress: address,
  /** with `homeAgent`, `contactNode`, `associations`: short for one contact address; absent: see `contacts` */
  contactAddress: z.optional(address),
  homeAgent: z.optional(address),
  /** care-of address of the member that creates the contact address; equal to `careOfAddress` at that member itself */
  contactNode: z.optional(address),
  /** at that member: the associations with the home agent; backups are given them over the channel */
  associations: z.optional(homeAssociations),
  /** several contact addresses, in place of the fields above */
  contacts: z.optional(z.array(contact).check(z.minLength(1), z.maxLength(MOST_CONTACTS))),
  /** absent: the contact address ends with its node, and nothing is said about it */
  group: z.optional(group),
  /** care-of addresses of the other members; with `membership`, of those that are there from the start */
  peers: z.array(address),
  /** members join and leave at run time; absent: the other members are `peers`, for good */
  membership: z.optional(membershipConfig),
  /** absent: the contact addresses are in no name server that this member knows of */
  publication: z.optional(publicationConfig),
  channelPort: port,
  /** `cleartext`: everybody on the way may read and forge what members say; it has to be asked for. Default: TLS 1.3 with `channelKey` */
  channel: z.optional(z.enum(['tls', 'cleartext'])),
  /** the server's group key, 32 octets in hexadecimal, or two with their ids: the channel is TLS 1.3 with it */
  channelKey: z.optional(sharedKey),
  /** with a `group`: the key of the trusted members, which no other has; written like `channelKey` */
  trustKey: z.optional(trustKey),
  /** file to which the channel's TLS secrets are appended, for Wireshark; absent: nowhere */
  channelKeyLog: z.optional(z.string()),
  /** ms until a peer that acknowledges nothing counts as unreachable; default 5000 */
  channelTimeoutMs: z.optional(positiveMs),
  /**
   * DSCP (RFC 2474) of what this member says on the channel and in Mobility Headers, for networks that let it pass before data: 48 (CS6, network control)
   * is usual. Default: none is set
   */
  signallingDscp: z.optional(
    z.int().check(z.gte(0, 'expected a DSCP, 0 to 63'), z.lte(LARGEST_DSCP, 'expected a DSCP, 0 to 63')),
  ),
  servicePort: port,
  homeLifetimeSeconds: lifetimeSeconds,
  bindingLifetimeSeconds: lifetimeSeconds,
  /** ms from Init to Done before the donor asks the acceptor to give up */
  doneTimeoutMs: positiveMs,
  /** ms that an acceptor serves without a word of its donor before it asks the client whose it is; default 5000 */
  leaseMs: z.optional(positiveMs),
  /**
   * ms: an acceptor that has been silent for longer is asked whether it is there before a client is frozen for it, and from then on again and
   * again; default two heartbeats of the group, or 1000 without one; 0: it is never asked, as in the paper
   */
  acceptorHeardMs: z.optional(ms),
  /** clients without Mobile IPv6 (paper §7.2); defaults in plain/create-plain-clients.ts */
  plainClients: z.optional(plainClients),
  /** retransmissions of an unanswered test, after which a client counts as silent; default 8 */
  testRetransmissions: z.optional(count),
  /** for tests of failures: the process kills itself right behind the first event of this name */
  failAt: z.optional(z.string()),
  /** SO_SNDBUF of clients' TCP sockets as asked for: bounds the TCP state that a handoff transfers */
  sendBuffer: z
    .int()
    .check(
      z.gte(1, 'expected octets, at least 1'),
      z.lte(
        LARGEST_SEND_BUFFER,
        `expected at most ${LARGEST_SEND_BUFFER} octets: the kernel queues twice as much, and a handoff carries ${LARGEST_STATES_OCTETS}`,
      ),
    ),
  application: applicationConfig,
  /** absent: nobody can ask how this program is */
  observe: z.optional(observationConfig),
});

export type MemberConfig = z.infer<typeof memberFields>;
