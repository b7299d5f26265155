import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const NFT_TIMEOUT_MS = 10_000;

/** Protocols that pass between the machines of a server and their clients, by their numbers in the IPv6 header. */
export const protocols: Readonly<Record<string, { readonly number: number; readonly what: string }>> = {
  mobility: { number: 135, what: 'Mobility Headers' },
  esp: { number: 50, what: 'ESP, for registrations at the home agent' },
  tunnel: { number: 41, what: 'IPv6 in IPv6, the tunnels between members and home agent' },
  icmp: { number: 58, what: 'ICMPv6' },
};

/** A chain whose policy is to drop, and the protocols that no rule of its table takes. */
interface ClosedChain {
  readonly name: string;
  readonly hook: string;
  readonly lacks: readonly string[];
}

/** The running packet filter as nft(8) tells it; undefined where it cannot be read. */
export async function readRuleset(): Promise<string | undefined> {
  return promisify(execFile)('nft', ['--json', '--numeric', 'list', 'ruleset'], {
    timeout: NFT_TIMEOUT_MS,
  }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

interface Item {
  readonly chain?: {
    readonly family: string;
    readonly table: string;
    readonly name: string;
    readonly hook?: string;
    readonly policy?: string;
  };
  readonly rule?: { readonly family: string; readonly table: string; readonly expr: readonly object[] };
}

/**
 * Chains of `ruleset` that drop IPv6 packets by default on the way in, out or through, each with the names in `wanted` of protocols that no rule of its
 * table names and accepts. A rule that accepts by something else, such as an address, is not seen: this is a hint, not a proof.
 */
export function closedChains(ruleset: string, wanted: readonly string[]): readonly ClosedChain[] {
  const { nftables } = JSON.parse(ruleset) as { readonly nftables: readonly Item[] };
  return nftables.flatMap(({ chain }): ClosedChain[] => {
    if (chain?.hook === undefined || chain.policy !== 'drop') return [];
    if (!['ip6', 'inet'].includes(chain.family) || !['input', 'output', 'forward'].includes(chain.hook))
      return [];
    const rules = nftables.flatMap(({ rule }) =>
      rule !== undefined && rule.family === chain.family && rule.table === chain.table ? [rule] : [],
    );
    const taken = new Set(
      rules.filter(({ expr }) => expr.some(isTaking)).flatMap(({ expr }) => expr.flatMap(protocolsOf)),
    );
    const lacks = wanted.filter((name) => !taken.has(protocols[name]!.number));
    return [{ name: `${chain.family} ${chain.table} ${chain.name}`, hook: chain.hook, lacks }];
  });
}

const VERDICTS = ['accept', 'jump', 'goto'];

function isTaking(expression: object): boolean {
  return VERDICTS.some((verdict) => Object.hasOwn(expression, verdict));
}

interface Match {
  readonly match?: { readonly op: string; readonly left: unknown; readonly right: unknown };
}

/** `meta l4proto …`, `ip6 nexthdr …`, with one number or a set of them; ICMPv6 also by what only it has. */
function protocolsOf(expression: object): readonly number[] {
  const { match } = expression as Match;
  if (match === undefined || (match.op !== '==' && match.op !== 'in')) return [];
  const left = JSON.stringify(match.left);
  if (left.includes('"icmpv6"')) return [protocols.icmp!.number];
  if (!/"l4proto"|"nexthdr"/.test(left)) return [];
  return numbersIn(match.right);
}

/** Names stand where nft does not give numbers for them. */
const NAMES: Readonly<Record<string, number>> = {
  esp: 50,
  'ipv6-icmp': 58,
  ipv6: 41,
  'mobility-header': 135,
};

function numbersIn(right: unknown): readonly number[] {
  if (typeof right === 'number') return [right];
  if (typeof right === 'string') return [NAMES[right] ?? Number(right)];
  const { set } = (typeof right === 'object' && right !== null ? right : {}) as {
    readonly set?: readonly unknown[];
  };
  return Array.isArray(right) ? right.flatMap(numbersIn) : (set ?? []).flatMap(numbersIn);
}
