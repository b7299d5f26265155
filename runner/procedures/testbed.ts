import { createHash } from 'node:crypto';
import { defaultSendBuffer, linkLatencies } from '../../experiments/handoff.ts';
import { FIG9_ADDRESSES, FIG9_DEFAULTS, type Fig9Parameters, fig9 } from '../../topologies/fig9.ts';
import { type Cell, deriveSeed } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { longestTripMs, memberPatience, queueMs } from './patience.ts';
import type { LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';

/** The server's processes on the testbed of Fig. 9, as every procedure there starts them. */

/** TCP port of the member-to-member channel. */
export const channelPort = 7000;
const bindingLifetimeSeconds = 420;
const homeLifetimeSeconds = 420;
/** where members log the channel's TLS secrets: in the job folder, from where the file goes beside the capture */
const channelKeyLog = '/run/job/tls_keys';

export type MemberNumber = 1 | 2;

/** What a procedure decides about its members. */
interface ServerPlan {
  /** the member that the contact address is registered for; its home agent is home agent 1 in any case */
  readonly contactNode: MemberNumber;
  readonly servicePort: number;
  /** by member: the application's configuration, `kind` first (see applications/registry.ts) */
  readonly application: (number: MemberNumber) => object;
}

/** Throws UsageError for latencies that would vary by more than they are. */
export function linkParameters({ parameters }: Cell): Fig9Parameters {
  const { rateKbit, lossPct, jitterMs, bucketFrames, quickAck } = { ...FIG9_DEFAULTS, ...parameters };
  refuseEarlyPackets(parameters, jitterMs);
  return { ...linkLatencies(parameters), rateKbit, lossPct, jitterMs, bucketFrames, quickAck };
}

/** Throws UsageError, by the names that the user knows: the topology would name its own. */
export function refuseEarlyPackets(parameters: Cell['parameters'], jitterMs: number): void {
  const latencies = linkLatencies(parameters);
  for (const name of ['cs1Ms', 'cs2Ms', 'ssMs'] as const) {
    const latency = latencies[name];
    if (latency >= jitterMs) continue;
    const given = parameters[name] === undefined && name !== 'ssMs' ? 'csMs' : name;
    const problem = `is more than ${given} (${latency}): no packet is early`;
    throw new UsageError(
      'jitterMs',
      String(jitterMs),
      problem,
      `give at most ${latency}, or a greater ${given}`,
    );
  }
}

/** The client's correspondent node, both home agents, then both members, the contact node last. */
export function serverDaemons(cell: Cell, server: ServerPlan): readonly (readonly LabProcess[])[] {
  const members = ([2, 1] as const).map((number) => member(number, cell, server));
  if (server.contactNode === 2) members.reverse();
  return [[correspondentNode(cell), homeAgent(1, cell), homeAgent(2, cell)], members];
}

/** When each repetition starts within its period, relative to every periodic timer: 0 … `withinMs` in steps of 1 µs. */
export function startPhases(cell: Cell, withinMs: number): readonly number[] {
  return Array.from(
    { length: cell.repetitions },
    (_, repetition) => (deriveSeed('phase', cell.seed, repetition) % (withinMs * 1000)) / 1000,
  );
}

function correspondentNode({ parameters: { takesMs = 0 } }: Cell): LabProcess {
  const config = takesMs > 0 ? { takesMs } : {};
  return { name: 'correspondent-node', host: 'client', program: 'correspondent-node', config };
}

function homeAgent(number: MemberNumber, cell: Cell): LabProcess {
  const address = FIG9_ADDRESSES[`homeAgent${number}`];
  const contact = {
    address: FIG9_ADDRESSES.contactAddress,
    associations: securityAssociations(cell.seed),
  };
  return {
    name: `ha${number}`,
    host: `ha${number}`,
    program: 'home-agent',
    config: {
      address,
      prefix: address.replace(/::.*$/, '::/64'),
      homeAddresses: number === 1 ? [contact] : [],
      maximumLifetimeSeconds: homeLifetimeSeconds,
    },
  };
}

function member(number: MemberNumber, cell: Cell, server: ServerPlan): LabProcess {
  const { contactNode, servicePort, application } = server;
  return {
    name: `node${number}`,
    host: `node${number}`,
    program: 'member',
    config: {
      careOfAddress: FIG9_ADDRESSES[`node${number}`],
      contactAddress: FIG9_ADDRESSES.contactAddress,
      homeAgent: FIG9_ADDRESSES.homeAgent1,
      contactNode: FIG9_ADDRESSES[`node${contactNode}`],
      ...(number === contactNode ? { associations: securityAssociations(cell.seed) } : {}),
      peers: [FIG9_ADDRESSES[number === 1 ? 'node2' : 'node1']],
      channelPort,
      channelKey: memberSecret(cell.seed, 'member-to-member channel'),
      trustKey: memberSecret(cell.seed, 'trusted members'),
      channelKeyLog,
      servicePort,
      homeLifetimeSeconds,
      bindingLifetimeSeconds,
      ...memberPatience(longestTripMs(fig9(linkParameters(cell))) + queuedMs(cell)),
      // The paper's donor asks nobody.
      acceptorHeardMs: 0,
      sendBuffer: cell.parameters.sendBufferBytes ?? defaultSendBuffer,
      application: application(number),
    },
  };
}

/** A secret that members share, as their configurations take it; drawn from the cell's seed, since a lab's keys are no secret. */
export function memberSecret(seed: number, use: 'member-to-member channel' | 'trusted members'): string {
  return createHash('sha256').update(`${seed}|${use}`).digest('hex');
}

/** What a member says waits behind what it has sent to the client, on its site's link. */
function queuedMs({ parameters }: Cell): number {
  const { rateKbit = FIG9_DEFAULTS.rateKbit, windowBytes = 0 } = parameters;
  return queueMs(Math.min(windowBytes, parameters.sendBufferBytes ?? defaultSendBuffer), rateKbit);
}
