import { groupCodecs } from '../contact/group-frames.ts';
import { forwardedCodecs, toldCodecs } from '../handoff/beginning-frames.ts';
import { handoffCodecs } from '../handoff/frames.ts';
import { membershipCodecs } from '../membership/membership-frames.ts';
import { forwardingCodecs } from '../plain/forwarding-frames.ts';
import { zoneCodecs } from '../publication/zone-frames.ts';
import { gatedCodecs, survivalCodecs } from '../successor/frames.ts';
import {
  LARGEST_INIT_OCTETS,
  LARGEST_PADDING_OCTETS,
  LARGEST_REPLICA_OCTETS,
  LONGEST_LIST,
  LONGEST_TEXT_OCTETS,
  MOST_FORWARDED,
  SMALL_OCTETS,
} from './frame-limits.ts';
import type { AnyChannelFrame, FrameKind, FrameRow } from './frame-types.ts';
import { greetingCodecs } from './greeting-frames.ts';
import { notUnderstoodCodec } from './not-understood.ts';
import { OF_CONTACT_TYPE, ofContactCodec } from './of-contact.ts';

export type { FrameKind, FrameRow } from './frame-types.ts';

const withText = SMALL_OCTETS + LONGEST_TEXT_OCTETS;

/**
 * Every frame of a channel: its number on the wire, its codec, its limits, and what a peer must be for it. Members, name servers' agents
 * and the analysis of captures read this table; docs/member-channel.md prints it.
 */
export const frameTable = [
  row(1, greetingCodecs, 'hello', 'either end, first', { on: 'both' }),
  row(2, handoffCodecs, 'prepare', 'donor to acceptor'),
  row(3, handoffCodecs, 'init', 'donor to acceptor', { most: LARGEST_INIT_OCTETS }),
  row(4, handoffCodecs, 'done', 'acceptor to donor'),
  row(5, handoffCodecs, 'refuse', 'acceptor to donor', { most: withText }),
  row(6, handoffCodecs, 'cancel', 'donor to acceptor'),
  row(7, handoffCodecs, 'released', 'donor to acceptor'),
  row(8, greetingCodecs, 'padding', 'either end, second', { most: LARGEST_PADDING_OCTETS, on: 'both' }),
  row(9, handoffCodecs, 'ask', 'donor to acceptor', { since: 1 }),
  row(10, handoffCodecs, 'here', 'acceptor to donor', { since: 1 }),
  row(11, handoffCodecs, 'claim', 'acceptor to donor', { since: 1 }),
  row(12, handoffCodecs, 'grant', 'donor to acceptor', { since: 1 }),
  // To members with the capability `variants`.
  row(13, toldCodecs, 'prepare', 'donor to acceptor', { since: 1 }),
  row(14, toldCodecs, 'init', 'donor to acceptor', { most: LARGEST_INIT_OCTETS, since: 1 }),
  // To members with the capability `manyVariants`.
  row(15, handoffCodecs, 'prepared', 'acceptor to donor', { since: 1 }),
  // To members with the capability `replicas`.
  row(20, survivalCodecs, 'replica', 'holder to backup', { most: LARGEST_REPLICA_OCTETS, since: 1 }),
  row(21, survivalCodecs, 'replica-acknowledged', 'backup to holder', { since: 1 }),
  row(22, survivalCodecs, 'replica-sequence', 'holder to backup', { since: 1 }),
  row(23, survivalCodecs, 'replica-drop', 'holder to backup, or back', { most: withText, since: 1 }),
  row(24, survivalCodecs, 'replica-beat', 'holder to backup, or back', { since: 1 }),
  row(25, gatedCodecs, 'replica', 'holder to backup', { most: LARGEST_REPLICA_OCTETS, since: 1 }),
  row(26, survivalCodecs, 'replica-input', 'holder to backup', { most: LARGEST_REPLICA_OCTETS, since: 1 }),
  row(32, groupCodecs, 'contact-data', 'contact node to backup', {
    secret: 'trust',
    most: SMALL_OCTETS + 4 * 2 * 256,
  }),
  row(33, groupCodecs, 'contact-held', 'backup to contact node', { secret: 'trust' }),
  row(34, groupCodecs, 'contact-heartbeat', 'trusted member to trusted member', { secret: 'trust' }),
  row(35, groupCodecs, 'contact-withdrawn', 'trusted member to trusted member', { secret: 'trust' }),
  row(36, groupCodecs, 'contact-hand-over', 'contact node to backup', { secret: 'trust' }),
  row(37, groupCodecs, 'contact-node', 'contact node to every member'),
  row(38, groupCodecs, 'contact-entry', 'contact node to backup', { secret: 'trust' }),
  row(39, groupCodecs, 'contact-doubt', 'trusted member to trusted member', { secret: 'trust' }),
  row(40, groupCodecs, 'contact-bound', 'member to contact node'),
  row(41, forwardingCodecs, 'forward', 'member to contact node', { most: SMALL_OCTETS + 4 * MOST_FORWARDED }),
  row(42, forwardingCodecs, 'forwarded', 'contact node to member', { most: withText }),
  row(43, forwardedCodecs, 'prepare', 'donor to acceptor'),
  row(44, forwardedCodecs, 'init', 'donor to acceptor', { most: LARGEST_INIT_OCTETS }),
  row(
    OF_CONTACT_TYPE,
    { 'of-contact': ofContactCodec({ rowOf: frameOfType, rowFor, isOptional: isOptionalType }) },
    'of-contact',
    'as the frame in it',
    { most: 16 + 1 + LARGEST_INIT_OCTETS },
  ),
  row(46, groupCodecs, 'contact-survey', 'contact node to every member', {
    most: SMALL_OCTETS + 16 * LONGEST_LIST,
    since: 1,
  }),
  row(47, groupCodecs, 'contact-surveyed', 'member to contact node', {
    most: SMALL_OCTETS + 17 * LONGEST_LIST,
    since: 1,
  }),
  row(48, membershipCodecs, 'member-list', 'any member', { most: 16 * LONGEST_LIST }),
  row(49, membershipCodecs, 'member-status', 'any member'),
  row(50, membershipCodecs, 'member-left', 'any member'),
  row(51, membershipCodecs, 'client-probe', 'any member'),
  row(52, membershipCodecs, 'client-distance', 'who was asked'),
  row(64, zoneCodecs, 'zone-publish', 'contact node to agent', { on: 'name-server' }),
  row(65, zoneCodecs, 'zone-withdraw', 'contact node to agent', { on: 'name-server' }),
  row(66, zoneCodecs, 'zone-state', 'agent to contact node', { on: 'name-server' }),
  row(67, zoneCodecs, 'contact-retired', 'contact node to every member'),
  row(128, { 'not-understood': notUnderstoodCodec }, 'not-understood', 'either end', {
    since: 1,
    on: 'both',
  }),
  row(129, groupCodecs, 'contact-stray', 'contact node to the member that has the client, or back', {
    since: 1,
  }),
] as const;

type TabledKind = (typeof frameTable)[number]['kind'];

const byType: ReadonlyMap<number, FrameRow> = new Map(frameTable.map((row) => [row.type, row]));
const byKind: ReadonlyMap<string, readonly FrameRow[]> = Map.groupBy(frameTable, ({ kind }) => kind);

/** The frame of this number; undefined when there is none. */
export function frameOfType(type: number): FrameRow | undefined {
  return byType.get(type);
}

/** The first row of this kind: of the three that `Init` and `Prepare` have it is the one that every member takes. */
export function frameOfKind(kind: TabledKind): FrameRow {
  return byKind.get(kind)![0]!;
}

/** The row by which this very frame travels. */
export function rowFor(frame: AnyChannelFrame): FrameRow {
  return (
    byKind.get(frame.kind)!.find(({ codec }) => codec.carries?.(frame) === true) ?? frameOfKind(frame.kind)
  );
}

/**
 * Numbers with the highest bit are of frames without which both ends stay in step: who does not know one passes it over. Any other
 * is answered, by a member that does not know it, with Not understood; it is not acted on.
 */
export function isOptionalType(type: number): boolean {
  return (type & 0x80) !== 0;
}

/** Where nothing else is said, members of every version say it, under the group key. */
function row<const Kind extends FrameKind>(
  type: number,
  codecs: { readonly [One in Kind]: FrameRow['codec'] },
  kind: Kind,
  sender: string,
  how: Partial<Pick<FrameRow, 'most' | 'on' | 'secret' | 'since'>> = {},
): FrameRow & { readonly kind: Kind } {
  return { type, kind, codec: codecs[kind], sender, since: 0, secret: 'group', on: 'members', ...how };
}
