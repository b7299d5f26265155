import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Disturbance } from '../procedures/disturbances.ts';
import type { Draws } from './random.ts';

/** Processes beside the members that may be killed. */
export interface AgentPlan {
  /** process → names of the clients whose correspondent node it is; a process each would need 5 GB */
  readonly correspondents: Readonly<Record<string, readonly string[]>>;
}

interface AgentLimits {
  readonly roles: Pick<WideAreaRoles, 'contactAddresses'>;
  readonly correspondents: AgentPlan['correspondents'];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** between the deaths of two home agents, and of two correspondent nodes' processes */
const meanMs = 240_000;
/** how long one is away: about what it takes a service manager to start it again */
const away = { leastMs: 100, mostMs: 3000 } as const;
/** for so long after its return it is not killed again, nor another of its kind */
const settleMs = 30_000;

/** Two processes where there are clients enough: one's death leaves the others alone. */
export function drawCorrespondents({ clients }: Pick<WideAreaRoles, 'clients'>): AgentPlan['correspondents'] {
  const names = clients.filter(({ kind }) => kind === 'correspondent-node').map(({ name }) => name);
  const second = names.slice(Math.ceil((2 * names.length) / 3));
  const groups = [names.slice(0, names.length - second.length), second];
  return Object.fromEntries(
    groups.filter(({ length }) => length > 0).map((group, index) => [`correspondents${index + 1}`, group]),
  );
}

/** Kills (SIGKILL) of home agents and of correspondent nodes, each with its return. */
export function drawAgentDeaths(
  { roles, correspondents, fromMs, untilMs }: AgentLimits,
  draws: Draws,
): readonly Disturbance[] {
  const homeAgents = [...new Set(roles.contactAddresses.map(({ homeAgent }) => homeAgent.name))];
  return [homeAgents, Object.keys(correspondents)].flatMap((names) => {
    const steps: Disturbance[] = [];
    if (names.length === 0) return steps;
    for (let atMs = fromMs + draws.exponential(meanMs); ; atMs += settleMs + draws.exponential(meanMs)) {
      const target = draws.one(names);
      const backMs = atMs + draws.between(away.leastMs, away.mostMs);
      if (backMs >= untilMs) return steps;
      steps.push({ atMs: Math.round(atMs), action: 'crash', target });
      steps.push({ atMs: Math.round(backMs), action: 'start', target });
      atMs = backMs;
    }
  });
}
