import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { probeRunningKernel } from '../host-lab/refuse.ts';
import { systemName } from '../system-name.ts';
import type { Finding } from './finding.ts';
import { closedChains, protocols, readRuleset } from './firewall.ts';
import { probeFindings } from './lab-kernel.ts';
import { NOT_TRIED, type ProbeResult } from './probe.ts';

export type HostRole = 'member' | 'home-agent' | 'correspondent-node';

/** Kernel settings by their place under /proc/sys. */
interface Setting {
  readonly place: string;
  readonly least: number;
  readonly what: string;
  /** a host without it does not do what it is for */
  readonly isNeeded: boolean;
}

const forwarding: Setting = {
  place: 'net/ipv6/conf/all/forwarding',
  least: 1,
  what: 'packets of tunnels are forwarded',
  isNeeded: true,
};
const mtuProbing: Setting = {
  place: 'net/ipv4/tcp_mtu_probing',
  least: 1,
  what: 'under route optimisation messages about the path’s MTU are lost, and TCP has to find it by itself',
  isNeeded: false,
};

/** What a program uses of its host. */
interface Needs {
  /** ids of doctor/prerequisites.ts */
  readonly kernel: readonly string[];
  readonly settings: readonly Setting[];
  /** names of doctor/firewall.ts */
  readonly protocols: readonly string[];
}

const needs: Readonly<Record<HostRole, Needs>> = {
  member: {
    kernel: [
      ...['ip6tnl', 'xfrm-mobility', 'xfrm-types', 'esp6', 'mobility-header'],
      ...['tcp-repair', 'live-snapshot', 'socket-filter', 'packet', 'nft', 'packet-queue', 'policy-rules'],
    ],
    settings: [forwarding, mtuProbing],
    protocols: ['mobility', 'esp', 'tunnel', 'icmp'],
  },
  'home-agent': {
    kernel: ['ip6tnl', 'xfrm-mobility', 'xfrm-types', 'esp6', 'mobility-header'],
    settings: [forwarding],
    protocols: ['mobility', 'esp', 'tunnel', 'icmp'],
  },
  'correspondent-node': {
    kernel: ['xfrm-mobility', 'mobility-header', 'packet'],
    settings: [mtuProbing],
    protocols: ['mobility', 'icmp'],
  },
};

/** Bits of capabilities(7). */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 } as const;
const ORDER: Readonly<Record<Finding['verdict'], number>> = { missing: 0, note: 1, ok: 2 };

/** What a host looks like to whoever examines it; the running one's by default. */
export interface HostView {
  /** of a file under /proc; undefined: it is not there */
  read(path: string): Promise<string | undefined>;
  probe(): Promise<readonly ProbeResult[]>;
  /** see readRuleset */
  ruleset(): Promise<string | undefined>;
}

const runningHost: HostView = {
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  probe: probeRunningKernel,
  ruleset: readRuleset,
};

/** Kernel parts, capabilities, kernel settings and packet filter of a host that shall run programs of these roles. */
export async function examineHost(
  roles: readonly HostRole[],
  host: HostView = runningHost,
): Promise<readonly Finding[]> {
  const of = <Key extends keyof Needs>(key: Key) => [
    ...new Set(roles.flatMap((role) => needs[role][key] as readonly Needs[Key][number][])),
  ];
  return [
    { area: 'host', id: 'system', verdict: 'ok', text: `${systemName()}, Linux ${release()}` },
    ...(await kernelParts(of('kernel'), host)),
    await capabilities(host),
    ...(await Promise.all(of('settings').map((setting) => settingFinding(setting, host)))),
    ...(await firewall(of('protocols'), host)),
  ];
}

async function kernelParts(wanted: readonly string[], host: HostView): Promise<readonly Finding[]> {
  const results = (await host.probe()).filter(({ id }) => wanted.includes(id));
  const area = 'host';
  if (results.every(({ said, works }) => !works && said === NOT_TRIED))
    return [
      {
        ...{ area, id: 'kernel', verdict: 'note' },
        text: 'was not tried: no network namespace can be made here',
        remedy: 'run this as root',
      },
    ];
  const found = probeFindings(area, results, 'missing');
  return found.toSorted((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);
}

/** What this process has, or could be given. */
async function capabilities(host: HostView): Promise<Finding> {
  const status = (await host.read('/proc/self/status')) ?? '';
  const has = (set: string, bit: number): boolean => {
    const [, mask = '0'] = new RegExp(`^${set}:\\s*([0-9a-f]+)`, 'm').exec(status) ?? [];
    return ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n;
  };
  const named = Object.entries(CAPABILITIES);
  const area = 'host';
  const id = 'capabilities';
  const barred = named.filter(([, bit]) => !has('CapBnd', bit)).map(([name]) => name);
  if (barred.length > 0)
    return {
      ...{ area, id, verdict: 'missing', text: `${barred.join(' and ')} cannot be had here` },
      remedy: `give them to the container or service that this runs in (--cap-add, CapabilityBoundingSet)`,
    };
  const lacking = named.filter(([, bit]) => !has('CapEff', bit)).map(([name]) => name);
  if (lacking.length > 0)
    return {
      ...{ area, id, verdict: 'note', text: `you lack ${lacking.join(' and ')}, which the programs need` },
      remedy: 'start them by their systemd units, which give them both, or as root',
    };
  return { area, id, verdict: 'ok', text: `${named.map(([name]) => name).join(' and ')} are there` };
}

async function settingFinding({ place, least, what, isNeeded }: Setting, host: HostView): Promise<Finding> {
  const text = await host.read(`/proc/sys/${place}`);
  const name = place.replaceAll('/', '.');
  const area = 'host';
  if (text !== undefined && Number(text) >= least)
    return { area, id: name, verdict: 'ok', text: `${text.trim()}: ${what}` };
  return {
    ...{ area, id: name, verdict: isNeeded ? 'missing' : 'note' },
    text: `${text === undefined ? 'is not there' : `is ${text.trim()}`}, should be ${least}: ${what}`,
    remedy: `sysctl -w ${name}=${least}, and deploy/sysctl.conf for the next start`,
  };
}

async function firewall(wanted: readonly string[], host: HostView): Promise<readonly Finding[]> {
  const area = 'host';
  const id = 'firewall';
  const ruleset = await host.ruleset();
  if (ruleset === undefined)
    return [
      {
        area,
        id,
        verdict: 'note',
        text: 'was not read: nft is not there, or you are not root',
        remedy: 'run this as root',
      },
    ];
  const closed = closedChains(ruleset, wanted);
  if (closed.length === 0) return [{ area, id, verdict: 'ok', text: 'nothing is dropped by default' }];
  return closed.map(({ name, hook, lacks }): Finding => {
    if (lacks.length === 0)
      return {
        area,
        id,
        verdict: 'ok',
        text: `${name} (${hook}) drops by default, and has rules for what is needed`,
      };
    const what = lacks.map((one) => `${protocols[one]!.number} (${protocols[one]!.what})`).join(', ');
    return {
      ...{ area, id, verdict: 'note' },
      text: `${name} (${hook}) drops by default, and no rule there accepts protocol ${what}`,
      remedy: 'compare with deploy/nftables/, which has a rule for each',
    };
  });
}
