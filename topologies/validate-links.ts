import {
  type Ipv6Address,
  type Ipv6Prefix,
  inPrefix,
  ipv6,
  ipv6Prefix,
  isIpv6,
  isUnicastRoutable,
} from '../mip6/wire/address.ts';
import { DecodeError } from '../mip6/wire/decode-error.ts';
import {
  LARGEST_RATE_KBIT,
  LEAST_DELAY_MS,
  LEAST_LOSS_PCT,
  LEAST_RATE_KBIT,
  LONGEST_DELAY_MS,
  MOST_BUCKET_FRAMES,
} from './tc-limits.ts';
import type { Link, PairLatency, Shaping, Topology } from './topology.ts';
import type { Problem } from './topology-error.ts';

/** The smallest MTU IPv6 allows on a link (RFC 8200 §5), and the largest IPv6 packet without jumbo option. */
const LEAST_MTU = 1280;
const LARGEST_MTU = 65_535;

/** six bits */
const LARGEST_DSCP = 63;

/** A day: later than any repetition ends. */
const LATEST_CHANGE_MS = 86_400_000;

/** What is wrong with links and latencies between sites, each looked at for itself. */
export function linkProblems(topology: Topology): readonly Problem[] {
  const names = new Set(topology.nodes.map((node) => node.name));
  return [
    ...topology.links.flatMap((link, position) => singleLinkProblems(`links[${position}]`, link, names)),
    ...sharedNumberProblems(topology),
    ...topology.pairLatencies.flatMap((pair, position) =>
      pairProblems(`pairLatencies[${position}]`, pair, topology),
    ),
  ];
}

function singleLinkProblems(field: string, link: Link, names: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = [];
  const known = [...names].join(', ');
  for (const side of ['a', 'b'] as const) {
    if (names.has(link[side])) continue;
    const remedy = `no such machine: add it with addHost or addRouter, or name one of ${known}`;
    problems.push({ field: `${field}.${side}`, value: link[side], remedy });
  }
  if (link.a === link.b) {
    problems.push({
      field: `${field}.b`,
      value: link.b,
      remedy: 'a link joins two machines: name another one',
    });
  }
  if (!Number.isInteger(link.mtu) || link.mtu < LEAST_MTU || link.mtu > LARGEST_MTU) {
    const remedy = `must be a whole number of octets from ${LEAST_MTU} (RFC 8200) to ${LARGEST_MTU}`;
    problems.push({ field: `${field}.mtu`, value: link.mtu, remedy });
  }
  problems.push(
    ...numberProblems(field, link),
    ...shapingProblems(field, link),
    ...changeProblems(field, link),
  );
  for (const side of ['aToB', 'bToA'] as const) {
    const shaping = link[side];
    if (shaping === undefined) continue;
    problems.push(...shapingProblems(`${field}.${side}`, shaping, link));
    problems.push(...changeProblems(`${field}.${side}`, shaping, link));
  }
  return problems;
}

function numberProblems(field: string, link: Link): Problem[] {
  const prefix = parsePrefix(link.prefix);
  if (prefix === undefined) {
    const remedy = 'must be an IPv6 prefix with nothing behind its length, e.g. 2001:db8:c::/64';
    return [{ field: `${field}.prefix`, value: link.prefix, remedy }];
  }
  return link.addresses.flatMap((text, side): Problem[] => {
    const at = { field: `${field}.addresses[${side}]`, value: text };
    if (!isIpv6(text)) return [{ ...at, remedy: 'must be an IPv6 address, e.g. 2001:db8:c::1' }];
    const address = ipv6(text);
    if (!isUnicastRoutable(address))
      return [{ ...at, remedy: 'must be a unicast address with more than link scope' }];
    if (!inPrefix(address, prefix))
      return [{ ...at, remedy: `must lie in the link's prefix ${link.prefix}` }];
    if (address === prefix.address && prefix.length < 127) {
      return [{ ...at, remedy: 'is the subnet-router anycast address (RFC 4291 §2.6.1): take another one' }];
    }
    return [];
  });
}

/** `base`: the link's own shaping, which a direction's override falls back on. */
function shapingProblems(field: string, shaping: Shaping, base: Shaping = {}): Problem[] {
  const problems: Problem[] = [];
  const refuse = (
    name: Exclude<keyof Shaping, 'at'>,
    good: (value: number) => boolean,
    remedy: string,
  ): void => {
    const value = shaping[name];
    if (value === undefined || (Number.isFinite(value) && good(value))) return;
    problems.push({
      field: `${field}.${name}`,
      value: Number.isFinite(value) ? value : String(value),
      remedy,
    });
  };
  const delayMs = shaping.delayMs ?? base.delayMs ?? 0;
  refuse(
    'delayMs',
    (value) => value === 0 || (value >= LEAST_DELAY_MS && value <= LONGEST_DELAY_MS),
    `must be a number of milliseconds, 0 or more: 0, or ${LEAST_DELAY_MS} to ${LONGEST_DELAY_MS}, as netem counts them`,
  );
  refuse(
    'jitterMs',
    (value) => value === 0 || (value >= LEAST_DELAY_MS && value <= delayMs),
    `must be from 0 to delayMs (${delayMs}): no packet is early, and no time is below ${LEAST_DELAY_MS} ms`,
  );
  refuse(
    'lossPct',
    (value) => value === 0 || (value >= LEAST_LOSS_PCT && value <= 100),
    `must be a percentage from 0 to 100; netem counts none between 0 and ${LEAST_LOSS_PCT}`,
  );
  refuse(
    'rateKbit',
    (value) => value >= LEAST_RATE_KBIT && value <= LARGEST_RATE_KBIT,
    `must be more than 0 kbit/s, from ${LEAST_RATE_KBIT} to ${LARGEST_RATE_KBIT}; leave it out for an unlimited link`,
  );
  refuse(
    'queue',
    (value) => Number.isInteger(value) && value >= 1,
    'must be a whole number of packets, 1 or more',
  );
  refuse(
    'firstDscp',
    (value) => Number.isInteger(value) && value >= 0 && value <= LARGEST_DSCP,
    `must be a whole number from 0 to ${LARGEST_DSCP} (RFC 2474); leave it out where no packet passes first`,
  );
  refuse(
    'bucketFrames',
    (value) => value >= 1 && value <= MOST_BUCKET_FRAMES,
    `must be a number of full frames from 1, below which none would pass, to ${MOST_BUCKET_FRAMES}`,
  );
  return problems;
}

/** What `at` says: in order, of values that there may be, and of nothing that has no place from the start. */
function changeProblems(field: string, { at = [], ...start }: Shaping, base: Shaping = {}): Problem[] {
  const problems: Problem[] = [];
  const states: Shaping[] = [{ ...base, ...start }];
  for (const [place, { ms, ...values }] of at.entries()) {
    const here = `${field}.at[${place}]`;
    const before = at[place - 1]?.ms;
    if (!(ms >= 0 && ms <= LATEST_CHANGE_MS) || (before !== undefined && ms <= before)) {
      const remedy = `must be ms after a repetition's start, ${before === undefined ? 0 : `more than ${before}`} to ${LATEST_CHANGE_MS}`;
      problems.push({ field: `${here}.ms`, value: Number.isFinite(ms) ? ms : String(ms), remedy });
    }
    if (Object.values(values).every((value) => value === undefined)) {
      const remedy = 'changes nothing: name one at least of delayMs, jitterMs, lossPct, rateKbit';
      problems.push({ field: here, value: { ms }, remedy });
    }
    if (values.rateKbit !== undefined && states[0]!.rateKbit === undefined) {
      const remedy = 'has no bucket to change: give the link a rateKbit from the start';
      problems.push({ field: `${here}.rateKbit`, value: values.rateKbit, remedy });
    }
    const state: Shaping = { ...states.at(-1)!, ...values };
    const given = Object.fromEntries(
      Object.entries(state).filter(([name]) => name in values || name === 'jitterMs'),
    );
    problems.push(...shapingProblems(here, given as Shaping, state));
    states.push(state);
  }
  return problems;
}

function sharedNumberProblems(topology: Topology): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<Ipv6Address, string>();
  const prefixes: { readonly field: string; readonly prefix: Ipv6Prefix }[] = [];
  topology.links.forEach((link, position) => {
    const field = `links[${position}]`;
    link.addresses.forEach((text, side) => {
      if (!isIpv6(text)) return;
      const owner = owners.get(ipv6(text));
      const at = `${field}.addresses[${side}]`;
      if (owner !== undefined)
        problems.push({
          field: at,
          value: text,
          remedy: `is taken by ${owner}: every address is given once`,
        });
      else owners.set(ipv6(text), at);
    });
    const prefix = parsePrefix(link.prefix);
    if (prefix === undefined) return;
    const other = prefixes.find((known) => overlap(known.prefix, prefix));
    if (other !== undefined) {
      problems.push({
        field: `${field}.prefix`,
        value: link.prefix,
        remedy: `overlaps ${other.field}: every link has its own prefix`,
      });
    }
    prefixes.push({ field: `${field}.prefix`, prefix });
  });
  return problems;
}

function pairProblems(field: string, pair: PairLatency, topology: Topology): Problem[] {
  const problems: Problem[] = [];
  if (!topology.nodes.some((node) => node.name === pair.router && node.kind === 'router')) {
    problems.push({
      field: `${field}.router`,
      value: pair.router,
      remedy: 'must be a machine that was added with addRouter',
    });
  }
  if (pair.from === pair.to) {
    problems.push({ field: `${field}.to`, value: pair.to, remedy: 'must be another site than `from`' });
  }
  return [...problems, ...shapingProblems(field, pair), ...changeProblems(field, pair)];
}

/** The prefix, undefined unless `text` is one with zeros behind its length. */
function parsePrefix(text: string): Ipv6Prefix | undefined {
  try {
    const prefix = ipv6Prefix(text);
    return ipv6(text.split('/')[0]!) === prefix.address ? prefix : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function overlap(one: Ipv6Prefix, other: Ipv6Prefix): boolean {
  return inPrefix(one.address, other) || inPrefix(other.address, one);
}
