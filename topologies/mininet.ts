import { instantsOf } from './changes.ts';
import { type Interface, interfacesAt, interfacesOf } from './interfaces.ts';
import { routesOf } from './routes.ts';
import { type Qdisc, shaperOf } from './shaping.ts';
import { shapingLines } from './tc-lines.ts';
import { DEFAULT_MTU, type Topology } from './topology.ts';
import { TopologyError } from './topology-error.ts';

type Parameters = Readonly<Record<string, string | number | boolean>>;

/**
 * A Python script that builds the same network in Mininet 2.3.0 (Debian's `mininet`), for comparison with another emulator.
 * Links are shaped by TCLink; what Mininet has no word for (latency per pair of sites, IPv6) by commands on the machines.
 * Run as root it opens Mininet's prompt; with arguments it runs them on a machine: `client ping -c 3 2001:db8:1::2`.
 */
export function mininetScript(topology: Topology): string {
  refuseChanges(topology);
  const names = topology.nodes.map((node) => node.name);
  const body = [
    ...names.map((name) => `net.addHost(${python(name)}, ip=None)`),
    ...names.map((name) => commandLoop(name, settings(topology, name))),
    ...topology.links.map((_, position) => linkCall(topology, position)),
    'net.start()',
    ...names.map((name) => commandLoop(name, commandsOf(topology, name))),
  ];
  return `${header(topology)}${indent(body.join('\n'))}\n${FOOTER}`;
}

function header({ name }: Topology): string {
  return `#!/usr/bin/python3
"""Network ${name} in Mininet 2.3.0. Run as root; arguments are a command for a machine, without them a prompt opens."""
import sys

from mininet.cli import CLI
from mininet.link import TCLink
from mininet.net import Mininet


def run(net, name, lines):
    """Runs commands on a machine; a network that is only half as asked is none."""
    for line in lines:
        output, error, status = net[name].pexec(line)
        if status != 0:
            sys.exit('%s: %s: %s%s' % (name, line, output, error))


def build(net):
`;
}

const FOOTER = `

def main(arguments):
    net = Mininet(controller=None, link=TCLink)
    try:
        build(net)
        if not arguments:
            CLI(net)
            return 0
        output, error, status = net[arguments[0]].pexec(arguments[1:])
        sys.stdout.write(output)
        sys.stderr.write(error)
        return status
    finally:
        net.stop()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
`;

/** Before the links are made: addresses must be usable at once. */
function settings(topology: Topology, node: string): readonly string[] {
  const { kind, sysctls } = topology.nodes.find((candidate) => candidate.name === node)!;
  const quiet = ['accept_ra', 'autoconf', 'accept_dad', 'dad_transmits'].map(
    (key) => `net.ipv6.conf.default.${key}=0`,
  );
  const forwarding = kind === 'router' ? ['net.ipv6.conf.all.forwarding=1'] : [];
  const asked = Object.entries({ ...topology.sysctls, ...sysctls }).map(([key, value]) => `${key}=${value}`);
  return [...quiet, ...forwarding, ...asked].map((setting) => `sysctl -w ${setting}`);
}

function linkCall(topology: Topology, position: number): string {
  const [a, b] = interfacesOf(topology).filter((at) => at.link === position);
  const names = `intfName1=${python(a!.name)}, intfName2=${python(b!.name)}`;
  const macs = `addr1=${python(a!.mac)}, addr2=${python(b!.mac)}`;
  const parameters = `params1=${python(linkParameters(topology, a!))}, params2=${python(linkParameters(topology, b!))}`;
  return `net.addLink(${python(a!.node)}, ${python(b!.node)}, ${names}, ${macs}, ${parameters})`;
}

/** Checksums are computed by the sender (`txo`), so that captures show them. */
function linkParameters(topology: Topology, at: Interface): Parameters {
  return { txo: false, ...tcLinkParameters(topology, at) };
}

/** What TCLink shapes at this end, in its own words. */
export function tcLinkParameters(topology: Topology, at: Interface): Parameters {
  const parameters: Record<string, string | number | boolean> = {};
  if (!shapedByTcLink(topology, at)) return parameters;
  for (const qdisc of qdiscsAt(topology, at)) {
    if (qdisc.kind === 'netem') {
      Object.assign(parameters, { delay: `${qdisc.delayMs}ms`, max_queue_size: qdisc.limitPackets });
      if (qdisc.jitterMs > 0) Object.assign(parameters, { jitter: `${qdisc.jitterMs}ms` });
      if (qdisc.lossPct > 0) Object.assign(parameters, { loss: qdisc.lossPct });
    }
  }
  return parameters;
}

function commandsOf(topology: Topology, node: string): readonly string[] {
  const own = interfacesAt(topology, node);
  const byTc = own.filter((at) => !shapedByTcLink(topology, at));
  return [
    ...own.filter((at) => at.mtu !== DEFAULT_MTU).map((at) => `ip link set ${at.name} mtu ${at.mtu}`),
    ...own.map((at) => `ip -6 addr add ${at.address}/${at.prefixLength} dev ${at.name} nodad`),
    ...own.map(
      (at) => `ip -6 neighbour add ${at.peerAddress} lladdr ${at.peerMac} dev ${at.name} nud permanent`,
    ),
    ...routesOf(topology)
      .filter((route) => route.node === node)
      .map(
        (route) =>
          `ip -6 route add ${route.prefix} via ${route.via} dev ${route.device}${route.quickAck ? ' quickack 1' : ''}`,
      ),
    ...shapingLines(topology, node)
      .filter((line) => byTc.some((at) => line.includes(` dev ${at.name} `)))
      .map((line) => `tc ${line}`),
  ];
}

/**
 * TCLink can say a delay with jitter and loss. Its bucket is 15,000 octets whatever the rate, so it lets bursts of ten frames pass
 * where a topology asks for three; and it knows no latency per pair of sites, nor values that change: those are tc's.
 */
export function shapedByTcLink(topology: Topology, at: Interface): boolean {
  const changing = (at.egress.at ?? []).length > 0;
  return !changing && qdiscsAt(topology, at).every((qdisc) => qdisc.kind === 'netem');
}

function qdiscsAt(topology: Topology, at: Interface): readonly Qdisc[] {
  return shaperOf(topology).qdiscs.filter((qdisc) => qdisc.device === at.name);
}

function commandLoop(node: string, lines: readonly string[]): string {
  return `run(net, ${python(node)}, [\n${lines.map((line) => `    ${python(line)},\n`).join('')}])`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

/** A value as Python writes it. */
export function python(value: string | number | boolean | Parameters): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${python(key)}: ${python(item)}`)
    .join(', ')}}`;
}

/** Throws TopologyError. */
function refuseChanges(topology: Topology): void {
  const [ms] = instantsOf(topology);
  if (ms === undefined) return;
  const remedy = 'a script for Mininet builds a network that stays as it is: leave `at` out';
  throw new TopologyError(topology.name, [{ field: 'at', value: `${ms} ms`, remedy }]);
}
