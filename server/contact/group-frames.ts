import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodec, FrameCodecs } from '../channel/frame-codec.ts';
import { type FrameOctets, oneOf, string, u8, u16, u32 } from '../channel/frame-octets.ts';
import type { ClaimStage } from './claims.ts';
import { type ContactEntry, decodeEntry, encodeEntry } from './contact-entries.ts';
import type { Epoch } from './epochs.ts';

export type { ContactEntry } from './contact-entries.ts';

/** One direction's ESP association with the home agent, as its backups need it. */
export interface AssociationData {
  readonly spi: number;
  readonly requestId: number;
  readonly encryptionKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
}

/** What makes a member able to act as contact node (paper §3.2): the home agent, and the associations with it. */
export interface ContactData {
  readonly homeAgent: Ipv6Address;
  readonly bindingUpdates: AssociationData;
  readonly bindingAcknowledgements: AssociationData;
  readonly tunnelOut: AssociationData;
  readonly tunnelIn: AssociationData;
}

/** Last ESP sequence numbers that came in from the home agent; they may lag behind. */
export interface InboundNumbers {
  readonly bindingAcknowledgements: number;
  readonly tunnelIn: number;
}

/**
 * What the contact node of an address and its backups say to each other, in frames of the member channel (paper §3.2, Fig. 5).
 *
 * Bodies; every one starts with the contact address (16) and an epoch (u32). Integers are big-endian.
 *   Contact data  home agent (16), then four associations: SPI (u32), request id (u32), and both keys with their lengths (u8)
 *   Held          nothing more: the data of this epoch has arrived
 *   Heartbeat     holder (16), stage (u8), last inbound ESP numbers of the acknowledgements and of the tunnel (u32 each);
 *                 a holder other than the sender is hearsay
 *   Doubt         nothing more: the sender hears no contact node; who does answers with its heartbeat
 *   Withdrawn     nothing more: the sender has given this claim up
 *   Hand-over     nothing more: the contact node leaves, and asks its backup to take over
 *   Contact node  its care-of address (16); said to all members
 *   Entry         see contact-group/contact-entries.ts
 *   Bound         client (16), sequence number (u16), lifetime in ms (u32): a client has accepted a binding to the sender; 0, its deletion.
 *                 Said to the contact node, of whichever term the sender knows
 *   Survey        a member that has ended (16), number of clients (u16), the clients (16 each): the contact node asks which of them the
 *                 receiver has, or is taking over
 *   Surveyed      the same member (16), number of clients (u16), each client (16) with 1 when the sender has it, else 0 (u8). Answered when the
 *                 sender's own channel to the member that has ended is no more: nothing can come from there then
 *   Stray         client (16). The contact node says of a client that is bound to the receiver that its packets come to the contact
 *                 node; a member says to the contact node that they will, since it is deleting its binding
 */
export type GroupFrame = { readonly contactAddress: Ipv6Address; readonly epoch: Epoch } & (
  | { readonly kind: 'contact-data'; readonly data: ContactData }
  | { readonly kind: 'contact-held' | 'contact-doubt' | 'contact-withdrawn' | 'contact-hand-over' }
  | {
      readonly kind: 'contact-heartbeat';
      readonly holder: Ipv6Address;
      readonly stage: ClaimStage;
      readonly inbound: InboundNumbers;
    }
  | { readonly kind: 'contact-node'; readonly contactNode: Ipv6Address }
  | { readonly kind: 'contact-entry'; readonly entry: ContactEntry }
  | {
      readonly kind: 'contact-bound';
      readonly client: Ipv6Address;
      /** of the last Binding Update */
      readonly sequence: number;
      readonly lifetimeMs: number;
    }
  | {
      readonly kind: 'contact-survey';
      /** care-of address of the member that has ended */
      readonly dead: Ipv6Address;
      readonly clients: readonly Ipv6Address[];
    }
  | {
      readonly kind: 'contact-surveyed';
      readonly dead: Ipv6Address;
      readonly clients: readonly SurveyedClient[];
    }
  | { readonly kind: 'contact-stray'; readonly client: Ipv6Address }
);

/** What a member says of a client that was bound to one which has ended. */
export interface SurveyedClient {
  readonly client: Ipv6Address;
  /** it is served by the member, or on its way there */
  readonly taken: boolean;
}

const stages: readonly ClaimStage[] = ['claiming', 'serving', 'leaving'];

type Frame<Kind> = GroupFrame & { readonly kind: Kind };
/** What a frame of this kind says beside its contact address and its term. */
type Rest<Kind> = Omit<Frame<Kind>, 'kind' | 'contactAddress' | 'epoch'>;

export const groupCodecs: FrameCodecs<GroupFrame> = {
  'contact-data': inTerm(
    'contact-data',
    ({ data }) => [ipv6ToBytes(data.homeAgent), ...associationsOf(data).map(encodeAssociation)],
    (body) => ({ data: decodeData(body) }),
  ),
  'contact-held': inTerm('contact-held', saysNothing, () => ({})),
  'contact-doubt': inTerm('contact-doubt', saysNothing, () => ({})),
  'contact-withdrawn': inTerm('contact-withdrawn', saysNothing, () => ({})),
  'contact-hand-over': inTerm('contact-hand-over', saysNothing, () => ({})),
  'contact-heartbeat': inTerm(
    'contact-heartbeat',
    ({ holder, stage, inbound: { bindingAcknowledgements, tunnelIn } }) => [
      ipv6ToBytes(holder),
      u8(stages.indexOf(stage)),
      u32(bindingAcknowledgements),
      u32(tunnelIn),
    ],
    (body) => ({
      holder: body.address(),
      stage: oneOf(stages, body.u8()),
      inbound: { bindingAcknowledgements: body.u32(), tunnelIn: body.u32() },
    }),
  ),
  'contact-node': inTerm(
    'contact-node',
    ({ contactNode }) => [ipv6ToBytes(contactNode)],
    (body) => ({ contactNode: body.address() }),
  ),
  'contact-entry': inTerm(
    'contact-entry',
    ({ entry }) => [encodeEntry(entry)],
    (body) => ({ entry: decodeEntry(body) }),
  ),
  'contact-bound': inTerm(
    'contact-bound',
    ({ client, sequence, lifetimeMs }) => [ipv6ToBytes(client), u16(sequence), u32(lifetimeMs)],
    (body) => ({ client: body.address(), sequence: body.u16(), lifetimeMs: body.u32() }),
  ),
  'contact-survey': inTerm(
    'contact-survey',
    ({ dead, clients }) => [ipv6ToBytes(dead), u16(clients.length), ...clients.map(ipv6ToBytes)],
    (body) => ({ dead: body.address(), clients: several(body.u16(), () => body.address()) }),
  ),
  'contact-surveyed': inTerm(
    'contact-surveyed',
    ({ dead, clients }) => [
      ipv6ToBytes(dead),
      u16(clients.length),
      ...clients.flatMap(({ client, taken }) => [ipv6ToBytes(client), u8(taken ? 1 : 0)]),
    ],
    (body) => ({
      dead: body.address(),
      clients: several(body.u16(), () => ({
        client: body.address(),
        taken: oneOf([false, true], body.u8()),
      })),
    }),
  ),
  'contact-stray': inTerm(
    'contact-stray',
    ({ client }) => [ipv6ToBytes(client)],
    (body) => ({ client: body.address() }),
  ),
};

/** Whether a frame of the member channel is one of these. */
export function isGroupFrame(frame: { readonly kind: string }): frame is GroupFrame {
  return Object.hasOwn(groupCodecs, frame.kind);
}

/** Every body begins with the contact address and the term. */
function inTerm<const Kind extends GroupFrame['kind']>(
  kind: Kind,
  encode: (frame: Frame<Kind>) => readonly Uint8Array[],
  decode: (body: FrameOctets) => Rest<Kind>,
): FrameCodec<Frame<Kind>> {
  return {
    encode: (frame) => Buffer.concat([ipv6ToBytes(frame.contactAddress), u32(frame.epoch), ...encode(frame)]),
    decode(body) {
      const head = { kind, contactAddress: body.address(), epoch: body.u32() };
      return { ...head, ...decode(body) } as Frame<Kind>;
    },
  };
}

function saysNothing(): readonly Uint8Array[] {
  return [];
}

function decodeData(body: FrameOctets): ContactData {
  return {
    homeAgent: body.address(),
    bindingUpdates: decodeAssociation(body),
    bindingAcknowledgements: decodeAssociation(body),
    tunnelOut: decodeAssociation(body),
    tunnelIn: decodeAssociation(body),
  };
}

function several<Value>(count: number, read: () => Value): readonly Value[] {
  return Array.from({ length: count }, read);
}

function associationsOf(data: ContactData): readonly AssociationData[] {
  return [data.bindingUpdates, data.bindingAcknowledgements, data.tunnelOut, data.tunnelIn];
}

function encodeAssociation({ spi, requestId, encryptionKey, authenticationKey }: AssociationData): Buffer {
  return Buffer.concat([u32(spi), u32(requestId), string(encryptionKey), string(authenticationKey)]);
}

function decodeAssociation(body: FrameOctets): AssociationData {
  const [spi, requestId] = [body.u32(), body.u32()];
  return { spi, requestId, encryptionKey: body.string(), authenticationKey: body.string() };
}
