import net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ClientConnections } from './client-connections.ts';
import type { ClosingClients } from './closing-clients.ts';
import { Departures } from './departures.ts';
import type { FirstRoutes } from './first-routes.ts';
import type { Handoffs } from './handoffs.ts';
import type { HostedApplication } from './hosted-application.ts';
import type { MemberServerOptions } from './member-server-options.ts';

interface DepartureParts extends Pick<MemberServerOptions, 'log' | 'doneTimeoutMs' | 'plain'> {
  readonly connections: ClientConnections;
  readonly closing: ClosingClients;
  readonly routes: FirstRoutes;
  readonly handoffs: Handoffs;
  readonly hosted: HostedApplication;
  /** Why another member may have the client already; undefined: none has. */
  whyStays(client: Ipv6Address): Promise<string | undefined> | undefined;
}

/** How clients leave this member by its own wish: with whose states, and what becomes of their sockets. */
export function createDepartures(parts: DepartureParts): Departures {
  const { log, doneTimeoutMs, plain, connections, closing, routes, handoffs, hosted } = parts;
  return new Departures({
    log,
    doneTimeoutMs,
    connectionsOf: (client) => connections.of(client),
    isClosing: (socket) => closing.isClosing(socket),
    hindrance: async (client) => {
      const routed = await routes.optimized(client);
      if (!routed && !plain.isPlain(client)) return 'no route optimisation with the client';
      return parts.whyStays(client);
    },
    prepare: (client, acceptor, variant) => handoffs.prepare(client, acceptor, variant),
    withdraw: (client) => handoffs.withdraw(client),
    cancel: (client, reason) => handoffs.cancel(client, reason),
    donate: async (request) => {
      const outcomes = await handoffs.donate(request);
      const known = connections.of(request.client);
      for (const back of outcomes) {
        if (back instanceof net.Socket && !known.includes(back)) connections.add(back, request.client);
      }
      const moved = outcomes.every((outcome) => outcome === undefined);
      const stays = outcomes.some((outcome) => outcome instanceof net.Socket);
      if (moved || stays) hosted.tell(moved ? 'moved' : 'stayed', request.client, request.acceptor);
      return outcomes;
    },
    stateOf: () => hosted.states(),
    goOn: (socket, state, client) =>
      hosted.guard.serve(socket, client, () => hosted.receiver?.(socket, state, client)),
  });
}
