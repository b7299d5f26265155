import { batch, ipBatch, preamble, READ_BACK_FOLDER, shapedNames, tcBatch } from './batches.ts';
import { builderPerl } from './builder-perl.ts';
import { type Interface, interfacesOf } from './interfaces.ts';
import { python, shapedByTcLink, tcLinkParameters } from './mininet.ts';
import { machineLines, NAMESPACE_SETTINGS, settingLines } from './provision.ts';
import { shapingLines } from './tc-lines.ts';
import type { Topology } from './topology.ts';

/**
 * A Python program that holds a network in Mininet: its hosts, and its links (`TCLink`) with as much shaping as Mininet has words for. The
 * hosts' namespaces stand under /run/netns, so that programs start in them as in a lab's own. It says `ready`, keeps the network until
 * its standard input ends, and takes it down. What Mininet has no word for is `mininetNetwork`'s.
 */
export function mininetHolder(topology: Topology): string {
  const names = topology.nodes.map(({ name }) => name);
  const links = topology.links.map((_, position) => {
    const [a, b] = interfacesOf(topology).filter((at) => at.link === position);
    return `    join(net, ${python(describe(topology, a!))}, ${python(describe(topology, b!))})`;
  });
  return `${HOLDER}
def build(net):
${names.map((name) => `    host(net, ${python(name)})`).join('\n')}
${links.join('\n')}
    net.start()
${names.map((name) => `    name_namespace(net, ${python(name)})`).join('\n')}


main()
`;
}

/** Of one end: our own fields begin with an underscore, the rest are TCLink's words. */
function describe(topology: Topology, at: Interface): Readonly<Record<string, string | number | boolean>> {
  const shaped = shapedByTcLink(topology, at) ? tcLinkParameters(topology, at) : {};
  return { _node: at.node, _name: at.name, _index: at.index, _mac: at.mac, _mtu: at.mtu, ...shaped };
}

const HOLDER = `#!/usr/bin/python3
import os
import subprocess
import sys

from mininet.link import TCLink
from mininet.net import Mininet

INDEX, MTU = {}, {}
QUIET = ['accept_ra=0', 'autoconf=0', 'accept_dad=0', 'dad_transmits=0', 'addr_gen_mode=1']


class LabLink(TCLink):
    """A TCLink whose ends have the indices by which captures name them, and no neighbour discovery of their own."""

    @classmethod
    def makeIntfPair(cls, a, b, addr1=None, addr2=None, node1=None, node2=None, deleteIntfs=True):
        end = 'name %s index %d address %s mtu %d arp off multicast off'
        said = node1.cmd('ip link add', end % (a, INDEX[a], addr1, MTU[a]), 'type veth peer',
                         end % (b, INDEX[b], addr2, MTU[b]), 'netns', node2.pid)
        if said:
            sys.exit('link %s - %s: %s' % (a, b, said))


def host(net, name):
    net.addHost(name, ip=None)
    for setting in QUIET:
        output, error, status = net[name].pexec('sysctl -w net.ipv6.conf.default.' + setting)
        if status != 0:
            sys.exit('%s: %s: %s%s' % (name, setting, output, error))


def join(net, a, b):
    for end in (a, b):
        INDEX[end['_name']], MTU[end['_name']] = end['_index'], end['_mtu']
    words = lambda end: {key: value for key, value in end.items() if key[0] != '_'}
    net.addLink(a['_node'], b['_node'], cls=LabLink, intfName1=a['_name'], intfName2=b['_name'],
                addr1=a['_mac'], addr2=b['_mac'], params1=words(a), params2=words(b))


def name_namespace(net, name):
    subprocess.run(['ip', 'netns', 'attach', name, str(net[name].pid)], check=True)


def main():
    net = Mininet(controller=None)
    try:
        build(net)
        print('ready', flush=True)
        sys.stdin.read()
    finally:
        for name in list(net.keys()):
            subprocess.run(['ip', 'netns', 'delete', name], check=False)
        net.stop()

`;

/**
 * A bash fragment that has a network built by Mininet and does the rest. The command `hold` becomes the bridge, and the bridge writes a
 * line to /run/mininet when the network stands. It leaves the same read-back as `provisionScript`, and `mininet`, the bridge's process.
 */
export function mininetNetwork(
  topology: Topology,
  hold: string,
  readyS: number,
  readBackTo = READ_BACK_FOLDER,
): string {
  const byTcLink = new Set(
    interfacesOf(topology)
      .filter((at) => shapedByTcLink(topology, at))
      .map(({ name }) => name),
  );
  const explicit = (node: string) =>
    shapingLines(topology, node).filter((line) => !byTcLink.has(/ dev (\S+) /.exec(line)?.[1] ?? ''));
  const steps = [
    preamble(topology, readBackTo),
    NAMESPACE_SETTINGS,
    `mkfifo /run/mininet\nexec 7<>/run/mininet\n${hold} &\nmininet=$!`,
    `read -r -t ${readyS} -u 7 _ || network_failed 'building it in Mininet'`,
    ...topology.nodes.map(({ name }) => ipBatch(name, machineLines(topology, name), readBackTo)),
    ...shapedNames(topology).map((name) => tcBatch(topology, name, explicit(name), readBackTo)),
    batch('perl -', [builderPerl(), ...settingLines(topology)], 'kernel settings'),
  ];
  return `${steps.join('\n')}\n`;
}
