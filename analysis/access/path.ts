import type { Parameters } from '../../experiments/experiment.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import type { Passage, Testbed } from '../events/testbed.ts';

/**
 * A datagram's passage in words, e.g. `answer from ha2 in node2→homeAgent1`: the neighbour it came from or left to, and
 * behind it the tunnel, the member that a type 2 routing header sends it to (`via`), or the member that sent it with a Home
 * Address option (`by`).
 */
export function hopOf(packet: LogicalPacket, passage: Passage, testbed: Testbed): string {
  const name = (address: LogicalPacket['source']): string => testbed.nameOf(address, passage);
  const { tunnels, network, homeAddress, routedTo, source } = packet;
  return [
    source === testbed.client ? 'request' : 'answer',
    passage.direction === 'in' ? 'from' : 'to',
    passage.neighbour,
    ...tunnels.map((ends) => `in ${name(ends.source)}→${name(ends.destination)}`),
    ...(routedTo === undefined ? [] : [`via ${name(network.destination)}`]),
    ...(homeAddress === undefined ? [] : [`by ${name(network.source)}`]),
  ].join(' ');
}

/** The passages of one echo at the router, as the cell's parameters ask for them. */
export function expectedPath({ contactNode, routeOptimization }: Parameters): readonly string[] {
  const far = contactNode === 2;
  if (routeOptimization === 1) {
    const [site, member] = far ? ['ha2', 'node2'] : ['ha1', 'node1'];
    const request = ['request from client', `request to ${site}`];
    const answer = [`answer from ${site}`, 'answer to client'];
    return [...request.map((hop) => `${hop} via ${member}`), ...answer.map((hop) => `${hop} by ${member}`)];
  }
  const towards = ['request from client', 'request to ha1'];
  const back = ['answer from ha1', 'answer to client'];
  if (!far) return [...towards, ...back];
  const detour = ['request from ha1 in homeAgent1→node2', 'request to ha2 in homeAgent1→node2'];
  const home = ['answer from ha2 in node2→homeAgent1', 'answer to ha1 in node2→homeAgent1'];
  return [...towards, ...detour, ...home, ...back];
}
