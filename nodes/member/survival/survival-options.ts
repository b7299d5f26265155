import type net from 'node:net';
import type { FdPoller } from '../../../linux/fd-poller.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import type { SurvivalFrame } from '../../../server/successor/frames.ts';
import type { EventWriter } from '../../support/event-log.ts';
import type { RestoringOptions } from '../accepted-socket.ts';
import type { Mobility } from '../mobility.ts';

export interface SurvivalOptions {
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  /** of the contact address among the member's */
  readonly index: number;
  readonly group: GroupAddresses;
  /** see SurvivalPlan */
  readonly beatMs: number;
  readonly silentMs: (holder: Ipv6Address) => number;
  readonly sendBuffer: number;
  readonly poller: FdPoller;
  readonly log: EventWriter;
  readonly mobility: Pick<
    Mobility,
    | 'ask'
    | 'burn'
    | 'defend'
    | 'forget'
    | 'isBound'
    | 'lastSequence'
    | 'renewReturnRoutability'
    | 'sequenceBefore'
    | 'resume'
    | 'suspend'
    | 'takeOver'
    | 'unbind'
  >;
  /** A member that keeps replicas, none of `except`; undefined when there is none in reach. */
  chooseBackup(client: Ipv6Address, except: readonly Ipv6Address[]): Promise<Ipv6Address | undefined>;
  send(peer: Ipv6Address, frame: SurvivalFrame): boolean;
  restoring(client: Ipv6Address): RestoringOptions;
  /** a handoff of the client to this member is announced or under way */
  isArriving(client: Ipv6Address): boolean;
  /** live connections of the client here */
  connectionsOf(client: Ipv6Address): readonly net.Socket[];
  /** A connection of a dead member goes on here, its application being told where (`SurvivorListener`). */
  onSurvivor(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array, sent: number): void;
}
