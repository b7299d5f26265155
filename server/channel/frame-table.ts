import {
  LARGEST_INIT_OCTETS,
  LARGEST_PADDING_OCTETS,
  LONGEST_LIST,
  LONGEST_TEXT_OCTETS,
  MOST_FORWARDED,
  SMALL_OCTETS,
} from './frame-limits.ts';

/**
 * Every frame of a channel: its number on the wire, and what a peer must be for it. The codecs, the channel and the analysis of captures read
 * this table; docs/member-channel.md prints it.
 */
export interface FrameRow {
  /** on the wire, u8; see `isOptionalType` */
  readonly type: number;
  readonly kind: string;
  /** first version of the channel (versions.ts) that has it: it is not sent to a peer that speaks an earlier one */
  readonly since: number;
  /** the secrets that a channel must be keyed with to carry it (channel-keys.ts): `trust` is said between trusted members alone */
  readonly secret: 'group' | 'trust';
  /** where it is said: between members, or between a member and the agent at a name server */
  readonly on: 'members' | 'name-server' | 'both';
  /** octets of its body at most; absent: SMALL_OCTETS. A longer one is refused by its header (frame-length.ts) */
  readonly most?: number;
  /** who says it, to whom */
  readonly sender: string;
}

const withText = SMALL_OCTETS + LONGEST_TEXT_OCTETS;
const anyMember = { since: 0, secret: 'group', on: 'members' } as const;
const trusted = { since: 0, secret: 'trust', on: 'members' } as const;
const naming = { since: 0, secret: 'group', on: 'name-server' } as const;

export const frameTable = [
  { type: 1, kind: 'hello', ...anyMember, on: 'both', sender: 'either end, first' },
  { type: 2, kind: 'prepare', ...anyMember, sender: 'donor to acceptor' },
  { type: 3, kind: 'init', ...anyMember, most: LARGEST_INIT_OCTETS, sender: 'donor to acceptor' },
  { type: 4, kind: 'done', ...anyMember, sender: 'acceptor to donor' },
  { type: 5, kind: 'refuse', ...anyMember, most: withText, sender: 'acceptor to donor' },
  { type: 6, kind: 'cancel', ...anyMember, sender: 'donor to acceptor' },
  { type: 7, kind: 'released', ...anyMember, sender: 'donor to acceptor' },
  {
    type: 8,
    kind: 'padding',
    ...anyMember,
    most: LARGEST_PADDING_OCTETS,
    on: 'both',
    sender: 'either end, second',
  },
  { type: 9, kind: 'ask', ...anyMember, since: 1, sender: 'donor to acceptor' },
  { type: 10, kind: 'here', ...anyMember, since: 1, sender: 'acceptor to donor' },
  { type: 11, kind: 'claim', ...anyMember, since: 1, sender: 'acceptor to donor' },
  { type: 12, kind: 'grant', ...anyMember, since: 1, sender: 'donor to acceptor' },
  {
    type: 32,
    kind: 'contact-data',
    ...trusted,
    most: SMALL_OCTETS + 4 * 2 * 256,
    sender: 'contact node to backup',
  },
  { type: 33, kind: 'contact-held', ...trusted, sender: 'backup to contact node' },
  { type: 34, kind: 'contact-heartbeat', ...trusted, sender: 'trusted member to trusted member' },
  { type: 35, kind: 'contact-withdrawn', ...trusted, sender: 'trusted member to trusted member' },
  { type: 36, kind: 'contact-hand-over', ...trusted, sender: 'contact node to backup' },
  { type: 37, kind: 'contact-node', ...anyMember, sender: 'contact node to every member' },
  { type: 38, kind: 'contact-entry', ...trusted, sender: 'contact node to backup' },
  { type: 39, kind: 'contact-doubt', ...trusted, sender: 'trusted member to trusted member' },
  { type: 40, kind: 'contact-bound', ...anyMember, sender: 'member to contact node' },
  {
    type: 41,
    kind: 'forward',
    ...anyMember,
    most: SMALL_OCTETS + 4 * MOST_FORWARDED,
    sender: 'member to contact node',
  },
  { type: 42, kind: 'forwarded', ...anyMember, most: withText, sender: 'contact node to member' },
  // Prepare and Init of clients without Mobile IPv6.
  { type: 43, kind: 'prepare', ...anyMember, sender: 'donor to acceptor' },
  { type: 44, kind: 'init', ...anyMember, most: LARGEST_INIT_OCTETS, sender: 'donor to acceptor' },
  {
    type: 45,
    kind: 'of-contact',
    ...anyMember,
    most: 16 + 1 + LARGEST_INIT_OCTETS,
    sender: 'as the frame in it',
  },
  {
    type: 46,
    kind: 'contact-survey',
    ...anyMember,
    most: SMALL_OCTETS + 16 * LONGEST_LIST,
    since: 1,
    sender: 'contact node to every member',
  },
  {
    type: 47,
    kind: 'contact-surveyed',
    ...anyMember,
    most: SMALL_OCTETS + 17 * LONGEST_LIST,
    since: 1,
    sender: 'member to contact node',
  },
  { type: 48, kind: 'member-list', ...anyMember, most: 16 * LONGEST_LIST, sender: 'any member' },
  { type: 49, kind: 'member-status', ...anyMember, sender: 'any member' },
  { type: 50, kind: 'member-left', ...anyMember, sender: 'any member' },
  { type: 51, kind: 'client-probe', ...anyMember, sender: 'any member' },
  { type: 52, kind: 'client-distance', ...anyMember, sender: 'who was asked' },
  { type: 64, kind: 'zone-publish', ...naming, sender: 'contact node to agent' },
  { type: 65, kind: 'zone-withdraw', ...naming, sender: 'contact node to agent' },
  { type: 66, kind: 'zone-state', ...naming, sender: 'agent to contact node' },
  { type: 67, kind: 'contact-retired', ...anyMember, sender: 'contact node to every member' },
  { type: 128, kind: 'not-understood', ...anyMember, since: 1, on: 'both', sender: 'either end' },
  {
    type: 129,
    kind: 'contact-stray',
    ...anyMember,
    since: 1,
    sender: 'contact node to the member that has the client, or back',
  },
] as const satisfies readonly FrameRow[];

export type FrameKind = (typeof frameTable)[number]['kind'];

const byType: ReadonlyMap<number, FrameRow & { readonly kind: FrameKind }> = new Map(
  frameTable.map((row) => [row.type, row]),
);
const byKind: ReadonlyMap<string, FrameRow> = new Map(frameTable.toReversed().map((row) => [row.kind, row]));

/** The frame of this number; undefined when there is none. */
export function frameOfType(type: number): (FrameRow & { readonly kind: FrameKind }) | undefined {
  return byType.get(type);
}

/** The first row of this kind: all that `Init` and `Prepare` have two of agree in everything but the number. */
export function frameOfKind(kind: FrameKind): FrameRow {
  return byKind.get(kind) as FrameRow;
}

/**
 * Numbers with the highest bit are of frames without which both ends stay in step: who does not know one passes it over. Any other
 * is answered, by a member that does not know it, with Not understood; it is not acted on.
 */
export function isOptionalType(type: number): boolean {
  return (type & 0x80) !== 0;
}

/** Numbers on the wire of these kinds, as a codec wants them. */
export function typesOf<const Kind extends FrameKind>(
  ...kinds: readonly Kind[]
): Readonly<Record<Kind, number>> {
  return Object.fromEntries(kinds.map((kind) => [kind, frameOfKind(kind).type])) as Record<Kind, number>;
}
