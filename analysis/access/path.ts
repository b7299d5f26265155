import type { Parameters } from '../../experiments/experiment.ts';

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
