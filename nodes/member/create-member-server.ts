import { applicationName } from '../../applications/registry.ts';
import type { ServerApplication } from '../../applications/server-application.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { attentionTo, leaseOf } from '../../server/attention.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import { RoleLog } from '../support/role-log.ts';
import type { MemberPaths } from './contact/member-paths.ts';
import { type ContactPlace, isFirst } from './contact-parts.ts';
import { withInitialWindow } from './initial-window.ts';
import { MemberServer } from './member-server.ts';
import type { MemberServerOptions } from './member-server-options.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

const defaultLeaseMs = 5000;
/** where there is no group; and how many of them an acceptor may have been silent for before it is asked */
const defaultHeartbeatMs = 500;
const HEARTBEATS = 2;

interface ServerParts {
  readonly application: ServerApplication;
  readonly mobility: Mobility;
  readonly paths: MemberPaths;
  readonly plain: PlainClientService;
  isElsewhere(client: Ipv6Address): boolean;
}

export function createServer(place: ContactPlace, parts: ServerParts): MemberServer {
  const { settings, host, log } = place;
  const { can, config, poller, hold, membership, signsOf, takes } = host;
  const { application, mobility, plain, paths, isElsewhere } = parts;
  const { table } = paths.names;
  const ofDonors = new RoleLog(log);
  const heartbeatMs = settings.group?.heartbeatMs ?? defaultHeartbeatMs;
  const freshMs = config.acceptorHeardMs ?? HEARTBEATS * heartbeatMs;
  return new MemberServer(
    {
      contactAddress: settings.contactAddress,
      servicePort: config.servicePort,
      group: host.group,
      applicationName: applicationName(settings.application),
      sendBuffer: config.sendBuffer,
      doneTimeoutMs: config.doneTimeoutMs,
      leaseMs: config.leaseMs ?? defaultLeaseMs,
      mobility,
      plain,
      poller,
      log,
      ...(membership === undefined ? {} : { membership }),
      ...survivalOf(place),
      readsOptions: (peer) => can(peer, 'socketOptions'),
      readsDeflated: (peer) => can(peer, 'deflated'),
      attentionTo: (peer) => {
        const signs = freshMs > 0 && takes(peer, 'ask') ? signsOf(peer) : undefined;
        return signs && attentionTo(signs, freshMs);
      },
      memberTripMs: (peer) => {
        const { path } = signsOf(peer) ?? {};
        return path && path.leastRoundTripMs / 2;
      },
      testedTripMs: (client) => mobility.careOfProof(client)?.tripMs,
      leastTestMs: (client) => mobility.leastRoundTripMs(client),
      homeProof: (client) => mobility.homeProof(client),
      members: host.peers,
      isElsewhere,
      takesClaims: (peer) => takes(peer, 'claim'),
      takesVariants: (peer) => can(peer, 'variants'),
      takesManyVariants: (peer) => can(peer, 'manyVariants'),
      isPlain: (client) => plain.isPlain(client),
      send: (peer, frame) => sendOfClient(place, peer, plain.outgoing(peer, frame)),
      whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
      restoring: (client) => ({
        sendBuffer: config.sendBuffer,
        onOptionProblem: (problem) => ofDonors.write({ kind: 'socket-option-not-set', client, ...problem }),
        withInitialWindow: (segments, connect) =>
          withInitialWindow(hold.reconciler, { client, table, device: paths.device, segments }, connect),
      }),
    },
    application,
  );
}

/** Nothing without replicas. */
function survivalOf({ settings, host }: ContactPlace): Pick<MemberServerOptions, 'survival'> {
  const { group } = settings;
  const { can, careOfAddress, membership, peers, send, signsOf } = host;
  if (group === undefined || (group.replicas ?? 0) === 0) return {};
  const keeps = (peer: Ipv6Address): boolean => can(peer, 'replicas');
  // Without a policy the next in the order of the addresses.
  const next = (except: readonly Ipv6Address[]): Ipv6Address | undefined => {
    const all = peers().filter((peer) => keeps(peer) && !except.includes(peer));
    const ordered = all.toSorted((a, b) => (a < b ? -1 : 1));
    return ordered.find((peer) => peer > careOfAddress) ?? ordered[0];
  };
  return {
    survival: {
      index: settings.index,
      beatMs: group.heartbeatMs,
      silentMs: (holder) => leaseOf(signsOf(holder)?.path, group.heartbeatMs, group.suspectMs),
      send,
      chooseBackup: (client, except) =>
        membership === undefined
          ? Promise.resolve(next(except))
          : membership.chooseAcceptor(
              client,
              new Set([...except, ...peers().filter((peer) => !keeps(peer))]),
            ),
    },
  };
}

/** A frame of a handoff; of the first contact address without a word of which: so it is where there is only one. */
function sendOfClient(place: ContactPlace, peer: Ipv6Address, frame: HandoffFrame): boolean {
  const { contactAddress } = place.settings;
  return place.host.send(peer, isFirst(place) ? frame : { kind: 'of-contact', contactAddress, frame });
}
