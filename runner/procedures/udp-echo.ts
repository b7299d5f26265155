import { FIG9_ADDRESSES, type Fig9Parameters, fig9 } from '../../topologies/fig9.ts';
import type { Cell } from '../cells.ts';
import { longestTripMs, waitFor } from './patience.ts';
import type { LabPlan } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort, linkParameters, serverDaemons, startPhases } from './testbed.ts';

/** The echo service's own (RFC 862). */
const servicePort = 7;
/** The paper's packet (§6.1). */
const octets = 128;
/** Short, since on the wall clock every period is waited for; echoes that take longer use up several. */
const periodMs = 100;
/** For the first answer: return routability and binding, with some retransmissions where links lose packets. */
const usualFirstTimeoutMs = 60_000;

/** Paper §6.1: a client's datagrams to the contact address, sent back by node 1 or by node 2, one at a time. */
export function udpEcho(cell: Cell): LabPlan {
  const { contactNode, routeOptimization } = cell.parameters;
  const link = linkParameters(cell);
  const timeoutMs = 1000 + 8 * (link.cs1Ms + link.cs2Ms + link.ssMs + link.jitterMs);
  const topology = fig9(link);
  const firstTimeoutMs = waitFor(usualFirstTimeoutMs, longestTripMs(topology));
  return {
    topology,
    addresses: FIG9_ADDRESSES,
    servicePort,
    channelPort,
    associations: securityAssociations(cell.seed),
    daemons: serverDaemons(cell, {
      contactNode: contactNode === 2 ? 2 : 1,
      servicePort,
      application: () => ({ kind: 'udp-echo', optimizeRoute: routeOptimization === 1 }),
    }),
    driver: {
      name: 'client',
      host: 'client',
      program: 'udp-echo-client',
      config: {
        server: FIG9_ADDRESSES.contactAddress,
        port: servicePort,
        octets,
        periodMs,
        phasesMs: startPhases(cell, periodMs),
        timeoutMs,
        firstTimeoutMs,
      },
    },
    virtualTimeoutS: Math.ceil((firstTimeoutMs + cell.repetitions * (timeoutMs + 2 * periodMs)) / 1000) + 120,
    wallSeconds: (cell.repetitions * echoMs(link)) / 1000,
  };
}

/** To the server, perhaps by way of the other node, and back; the next echo waits for its period. */
function echoMs({ cs1Ms, cs2Ms, ssMs }: Fig9Parameters): number {
  return periodMs * Math.ceil((2 * (Math.max(cs1Ms, cs2Ms) + ssMs)) / periodMs + 0.5);
}
