import { batch, dumpName, heading, READ_BACK_FOLDER } from './batches.ts';
import { linkDigits, machineRequests } from './build-requests.ts';
import { builderPerl } from './builder-perl.ts';
import { interfacesAt, LINK_LOCAL_LENGTH } from './interfaces.ts';
import { routesOf } from './routes.ts';
import { together } from './rtnetlink.ts';
import { shapingRequests } from './shaping-requests.ts';
import { questions } from './told-by-kernel.ts';
import type { Topology, TopologyNode } from './topology.ts';

/** Nothing that would change addresses or routes by itself, on the links of the topology. */
const QUIET = { accept_ra: '0', autoconf: '0', accept_redirects: '0' };
/** Settings for interfaces which are made later, tunnels above all: no duplicate address detection, no link-local addresses. */
const QUIET_LATER = { ...QUIET, accept_dad: '0', dad_transmits: '0', addr_gen_mode: '1' };

/**
 * For the namespaces to come, where the kernel lets them be set (a lab kernel of its own does). Other implementations want an `ip6tnl0`
 * in their namespace, as an ordinary kernel has it. Interfaces get link-local addresses before anything else can be set on
 * them, and must not ask for routers; one listener report instead of two leaves no timer that draws a random number.
 */
export const NAMESPACE_SETTINGS = `for setting in core/fb_tunnels_only_for_init_net=0 core/devconf_inherit_init_net=1 ipv6/conf/default/accept_ra=0 ipv6/mld_qrv=1; do
  { echo "\${setting#*=}" >"/proc/sys/net/\${setting%=*}"; } 2>/dev/null || true
done`;

/**
 * A bash fragment that builds the network (a namespace per machine, links, addresses, routes, kernel settings, shaping)
 * and leaves in `readBackTo` what the kernel says it has, for `compareReadBack`.
 *
 * Needs root and perl. It returns when every interface runs. When a step fails it names the
 * step on standard error and exits with status 3: a half-built network must never be measured.
 *
 * One process, because starting one costs the lab kernel more than all its work.
 */
export function provisionScript(topology: Topology, readBackTo = READ_BACK_FOLDER): string {
  const steps = [
    heading(topology),
    NAMESPACE_SETTINGS,
    batch('perl -', [builderPerl(), ...buildLines(topology, readBackTo)], 'building'),
  ];
  return `${steps.join('\n')}\n`;
}

/** What the builder is told: all namespaces and links, then machine by machine. */
function buildLines(topology: Topology, readBackTo: string): readonly string[] {
  const { nodes, links } = topology;
  return [
    'folder /run/netns',
    `folder ${readBackTo}`,
    ...nodes.map(({ name }) => `make ${name}`),
    ...links.map(({ a, b }, link) => `send link:${a}-${b} ${linkDigits(topology, link)}`),
    ...nodes.flatMap((node) => [
      `namespace ${node.name}`,
      ...together(machineRequests(topology, node.name)).map(
        (digits) => `send addressing:${node.name} ${digits}`,
      ),
      ...together(shapingRequests(topology, node.name)).map(
        (digits) => `send shaping:${node.name} ${digits}`,
      ),
      ...settingLinesOf(topology, node),
      `ask ${readBackTo}/${dumpName(node.name)} ${questions(topology, node.name)}`,
    ]),
  ];
}

/** Addresses, neighbours and routes of a machine whose links are there, in the words of ip. */
export function machineLines(topology: Topology, node: string): string[] {
  return [
    'link set lo up',
    ...interfacesAt(topology, node).flatMap((at) => [
      `link set ${at.name} addrgenmode none`,
      `link set ${at.name} up`,
      `address add ${at.address}/${at.prefixLength} dev ${at.name} nodad`,
      `address add ${at.linkLocal}/${LINK_LOCAL_LENGTH} dev ${at.name} nodad`,
      `neighbour add ${at.peerAddress} lladdr ${at.peerMac} dev ${at.name} nud permanent`,
      `neighbour add ${at.peerLinkLocal} lladdr ${at.peerMac} dev ${at.name} nud permanent`,
    ]),
    ...routesOf(topology)
      .filter((route) => route.node === node)
      .map(
        (route) =>
          `route add ${route.prefix} via ${route.via} dev ${route.device}${route.quickAck ? ' quickack 1' : ''}`,
      ),
  ];
}

/** What the builder reads where somebody else has built the network: kernel settings and interfaces of every machine. */
export function settingLines(topology: Topology): string[] {
  return topology.nodes.flatMap((node) => [`namespace ${node.name}`, ...settingLinesOf(topology, node)]);
}

function settingLinesOf(topology: Topology, node: TopologyNode): readonly string[] {
  return [
    ...Object.entries(sysctlsOf(topology, node)).map(
      ([key, value]) => `sysctl ${key.replaceAll('.', '/')} ${value}`,
    ),
    ...interfacesAt(topology, node.name).map((at) => `interface ${at.name}`),
  ];
}

/** Later entries win: silence and forwarding, the topology's settings, the machine's own. */
function sysctlsOf(topology: Topology, node: TopologyNode): Readonly<Record<string, string>> {
  const conf = (scope: string, settings: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`net.ipv6.conf.${scope}.${key}`, value]),
    );
  return {
    ...conf('default', QUIET_LATER),
    ...Object.assign({}, ...interfacesAt(topology, node.name).map((at) => conf(at.name, QUIET))),
    ...(node.kind === 'router' ? conf('all', { forwarding: '1' }) : {}),
    ...topology.sysctls,
    ...node.sysctls,
  };
}
