/** The neighbours behind the router's interfaces: the front's site, the server's, the clients'. */
export const neighbours = { front: 'ha1', server: 'gw2', clients: 'access1' } as const;

/** Where requests (acknowledgements included) and answers pass the router, by `service`; every packet takes the whole path. */
export function expectedHops(service: number | undefined): ReadonlySet<string> {
  const { front, server, clients } = neighbours;
  const forwarder = service === 0 ? 'node1' : 'homeAgent1';
  const towards = [`request from ${clients}`, `request to ${front}`];
  const onwards = ['from', 'to'].map(
    (way) => `request ${way} ${way === 'from' ? front : server} in ${forwarder}→node2`,
  );
  const back = ['from', 'to'].map(
    (way) => `answer ${way} ${way === 'from' ? server : front} in node2→${forwarder}`,
  );
  if (service === 1) {
    const requests = [`request from ${clients} via node2`, `request to ${server} via node2`];
    return new Set([...requests, `answer from ${server} by node2`, `answer to ${clients} by node2`]);
  }
  const direct = [`answer from ${server}`, `answer to ${clients}`];
  const through = [...back, `answer from ${front}`, `answer to ${clients}`];
  return new Set([...towards, ...onwards, ...(service === 3 ? direct : through)]);
}
