import { interfacesAt, interfacesOf } from '../../topologies/interfaces.ts';
import type { Topology } from '../../topologies/topology.ts';
import { describeShaping, latencyTable } from '../../topologies/wording.ts';

/** What a line of the prompt asks for. */
export type Request =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'exit' }
  /** an answer that needs no lab */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mistake'; readonly text: string }
  | { readonly kind: 'command'; readonly host: string; readonly command: string };

/** Further words of a prompt, each with how it reads what stands behind it, and its line of help. */
export type OwnWords = Readonly<
  Record<string, { readonly help: string; readonly read: (words: readonly string[]) => Request }>
>;

/** Reads a line as Mininet's prompt does: a word of the prompt's own, or a host and a command for it. */
export function readLine(topology: Topology, line: string, more: OwnWords = {}): Request {
  const [first = '', ...rest] = line.trim().split(/\s+/);
  if (first === '' || first.startsWith('#')) return { kind: 'nothing' };
  const further = Object.hasOwn(more, first) ? more[first] : undefined;
  if (further !== undefined) return further.read(rest);
  if (first === 'help' && rest.length === 0) return { kind: 'text', text: helpText(more) };
  const own = ownWords[first];
  if (own !== undefined && rest.length === 0) return own(topology);
  if (topology.nodes.every((node) => node.name !== first)) {
    const hosts = topology.nodes.map((node) => node.name).join(', ');
    const words = [...Object.keys(more), ...Object.keys(ownWords)].join(', ');
    return {
      kind: 'mistake',
      text: `'${first}' is no host and no word of this prompt: begin with a host (${hosts}), or type ${words}`,
    };
  }
  if (rest.length === 0)
    return { kind: 'mistake', text: `what shall ${first} do? for example: ${first} ip addr` };
  return { kind: 'command', host: first, command: withAddresses(topology, line.trim().slice(first.length)) };
}

/** Every word that is a host's name becomes the address of its first interface; all else stays as typed. */
function withAddresses(topology: Topology, command: string): string {
  return command
    .trim()
    .split(/(\s+)/)
    .map((word) => addressOf(topology, word) ?? word)
    .join('');
}

const HELP = `HOST COMMAND…  runs the command on that host; a host's name among its words becomes its address:
               client ping -c 1 node1    router tc -s qdisc    node2 ip -6 route
nodes          the hosts and their first addresses
links          the links and what happens to packets on them, latencies between sites
help           this text
exit           ends the lab (so does Ctrl-D); Ctrl-C interrupts a command
Hosts see this machine's files, read-only, and share one /tmp, which is gone at the end.
`;

function helpText(more: OwnWords): string {
  return [...Object.values(more).map(({ help }) => `${help}\n`), HELP].join('');
}

const ownWords: Readonly<Record<string, (topology: Topology) => Request>> = {
  nodes: (topology) => text(topology.nodes.map(({ name }) => `${name} ${addressOf(topology, name) ?? '-'}`)),
  links: (topology) =>
    text([
      ...topology.links.map((_, link) => describeLink(topology, link)),
      ...latencyTable(topology).map((row) =>
        row
          .map((cell) => cell.padEnd(12))
          .join('')
          .trimEnd(),
      ),
    ]),
  help: () => ({ kind: 'text', text: helpText({}) }),
  exit: () => ({ kind: 'exit' }),
};

function text(lines: readonly string[]): Request {
  return { kind: 'text', text: lines.map((line) => `${line}\n`).join('') };
}

function addressOf(topology: Topology, name: string): string | undefined {
  return interfacesAt(topology, name)[0]?.address;
}

function describeLink(topology: Topology, link: number): string {
  const ends = interfacesOf(topology).filter((at) => at.link === link);
  const names = ends.map((at) => at.name).join('<->');
  const shaped = ends.map(({ node, egress }) => ({ node, shaping: describeShaping(egress) }));
  const notes = shaped
    .filter(({ shaping }) => shaping !== '')
    .map(({ node, shaping }) => `from ${node}: ${shaping}`);
  return [names, ...notes].join('  ');
}
