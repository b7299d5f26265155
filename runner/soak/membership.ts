import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Draws } from './random.ts';

/** How the members of a soak find each other, and take each other's clients. */
export interface MembershipPlan {
  /** a name in server/membership/acceptor-choice.ts */
  readonly acceptorPolicy: string;
  readonly leaveMs: number;
  /** members that are not there from the start, and when their processes start */
  readonly joins: readonly { readonly member: string; readonly atMs: number }[];
  /** member → care-of addresses of those that it calls */
  readonly introducers: Readonly<Record<string, readonly string[]>>;
}

interface MembershipLimits {
  readonly roles: Pick<WideAreaRoles, 'members' | 'contactAddresses'>;
  /** members disturbed at a time, at most */
  readonly most: number;
  /** no member joins before */
  readonly fromMs: number;
  /** all members are in order from then on; joins are in the first half of the time up to it */
  readonly untilMs: number;
}

const leaveMs = 20_000;
const lastJoinMs = 180_000;
const policies = ['least-clients', 'round-robin', 'nearest'] as const;

/**
 * One member in four comes only later, and no contact node does. Those that are there from the start call each other; a newcomer
 * calls some of them, of which one is in order at any time.
 */
export function drawMembership(
  { roles: { members, contactAddresses }, most, fromMs, untilMs }: MembershipLimits,
  draws: Draws,
): MembershipPlan {
  const contactNodes = contactAddresses.map(({ contactNode }) => contactNode);
  const others = members.filter(({ name }) => !contactNodes.includes(name));
  const late = others.slice(Math.max(0, others.length - Math.floor(members.length / 4)));
  const first = members.filter((member) => !late.includes(member));
  const lastMs = Math.max(fromMs, Math.min(lastJoinMs, untilMs / 2));
  return {
    acceptorPolicy: draws.one(policies),
    leaveMs,
    joins: late.map(({ name }) => ({ member: name, atMs: Math.round(draws.between(fromMs, lastMs)) })),
    introducers: Object.fromEntries(
      members.map((member) => {
        const known = first.filter((other) => other !== member);
        const called = late.includes(member) ? some(known, most + 1, draws) : known;
        return [member.name, called.map(({ address }) => address)];
      }),
    ),
  };
}

function some<T>(of: readonly T[], count: number, draws: Draws): readonly T[] {
  const left = [...of];
  while (left.length > count) left.splice(draws.whole(0, left.length - 1), 1);
  return left;
}
