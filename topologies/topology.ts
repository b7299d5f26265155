import { z } from 'zod';

/** Octets of an IPv6 packet on a link that says nothing else. */
export const DEFAULT_MTU = 1500;

/** Numbers are looked at where the remedy is known: validate-links.ts, validate-network.ts. */
const number = z.custom<number>((value) => typeof value === 'number', 'expected a number');
const sysctls = z.record(z.string(), z.string()).readonly();

const changeFields = {
  /** after the start of a repetition, ms */
  ms: number,
  delayMs: number.optional(),
  jitterMs: number.optional(),
  lossPct: number.optional(),
};

const pairChange = z.strictObject(changeFields).readonly();
const linkChange = z.strictObject({ ...changeFields, rateKbit: number.optional() }).readonly();

const shapingFields = {
  /** one-way delay, ms ≥ 0 */
  delayMs: number.optional(),
  /** the delay varies uniformly within ± this, ms, 0…`delayMs`; as on real paths, packets may then overtake each other */
  jitterMs: number.optional(),
  /** independent random loss, percent, 0…100 */
  lossPct: number.optional(),
  /** token-bucket rate of Ethernet frames, kbit/s > 0; absent: as fast as the kernel can */
  rateKbit: number.optional(),
  /** packets which may wait, ≥ the bandwidth–delay product; absent: far above it */
  queue: number.optional(),
  /** before a rate limit packets with this DSCP (0…63) pass first, whatever else waits; absent: in the order in which they came */
  firstDscp: number.optional(),
  /** room of the rate limit’s bucket in full frames, ≥ 1; absent: 3. At high rates a millisecond’s worth, if that is more */
  bucketFrames: number.optional(),
  /** what becomes of it in the course of a repetition, in order: a value holds until the next one for it; every repetition begins anew */
  at: z.array(linkChange).readonly().optional(),
};

const shaping = z.strictObject(shapingFields).readonly();

const node = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['host', 'router']),
    /** the place it stands at, the unit of `PairLatency`; absent: a place of its own */
    site: z.string().optional(),
    /** TCP here acknowledges every segment at once (the route metric `quickack`); default: the kernel's own pace */
    quickAck: z.boolean().optional(),
    /** kernel settings of this machine, e.g. `net.ipv6.conf.all.forwarding`, applied after the topology's own */
    sysctls,
  })
  .readonly();

const link = z
  .strictObject({
    ...shapingFields,
    a: z.string(),
    b: z.string(),
    /** e.g. `2001:db8:c::/64` */
    prefix: z.string(),
    /** of `a`, of `b`; both inside the prefix */
    addresses: z.tuple([z.string(), z.string()]).readonly(),
    /** octets of an IPv6 packet, 1280…65535 */
    mtu: number,
    /** differs from the link's own shaping in this direction */
    aToB: shaping.optional(),
    bToA: shaping.optional(),
  })
  .readonly();

const pairLatency = z
  .strictObject({
    router: z.string(),
    from: z.string(),
    to: z.string(),
    delayMs: number,
    jitterMs: number.optional(),
    lossPct: number.optional(),
    queue: number.optional(),
    at: z.array(pairChange).readonly().optional(),
  })
  .readonly();

/** The shape of a network as plain data; what its values have to do with each other is judged by validate.ts. */
export const topologySchema = z
  .strictObject({
    name: z.string(),
    nodes: z.array(node).readonly(),
    links: z.array(link).readonly(),
    pairLatencies: z.array(pairLatency).readonly(),
    /** kernel settings of every machine */
    sysctls,
    /** addresses by the role they have in an experiment, e.g. `client`; they need not stand on an interface */
    addresses: z.record(z.string(), z.string()).readonly(),
  })
  .readonly();

/** What a link, or one direction of it, does to packets. Absent members leave packets alone. */
export type Shaping = z.infer<typeof shaping>;

/** What becomes of a link, or of one direction of it. */
export type LinkChange = z.infer<typeof linkChange>;

/** A machine: a network namespace. Only routers forward for others; their name is also that of the namespace. */
export type TopologyNode = z.infer<typeof node>;

/** A cable between `a` and `b`: one IPv6 prefix, an address at each end. Shaping is of both directions alike but for `aToB`, `bToA`. */
export type Link = z.infer<typeof link>;

/** One-way latency which `router` adds to packets that enter it from site `from` and leave it towards site `to`. */
export type PairLatency = z.infer<typeof pairLatency>;

/** A network as plain data (it survives JSON). */
export type Topology = z.infer<typeof topologySchema>;
