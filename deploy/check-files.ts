import { type Configurations, readConfigurations } from './configurations.ts';
import { addressProblems } from './group/address-problems.ts';
import { associationProblems } from './group/association-problems.ts';
import { channelKeyProblems } from './group/key-problems.ts';
import { nameServerProblems } from './group/name-server-problems.ts';
import { describeProblem, type GroupProblem } from './group/problem.ts';

/** What a look at configurations has come to, in lines for people. */
export interface CheckedFiles {
  readonly good: boolean;
  readonly lines: readonly string[];
}

/** Checks files as their programs do, each by itself, and then what they have to do with each other. */
export function checkFiles(files: readonly string[]): CheckedFiles {
  const { found, problems } = readConfigurations(files);
  // What is wrong by itself is told first.
  if (problems.length > 0) return { good: false, lines: problems };
  const group = groupProblems(found);
  const wrong = group.filter(({ isNote }) => isNote !== true);
  return {
    good: wrong.length === 0,
    lines: [...group.map(describeProblem), ...(wrong.length === 0 ? [sum(found)] : [])],
  };
}

export function groupProblems(found: Configurations): readonly GroupProblem[] {
  return [
    ...addressProblems(found),
    ...channelKeyProblems(found),
    ...associationProblems(found),
    ...nameServerProblems(found),
  ];
}

function sum({ members, homeAgents, nameServers, correspondentNodes }: Configurations): string {
  const counts = [
    [members.length, 'member', 'members'],
    [homeAgents.length, 'home agent', 'home agents'],
    [nameServers.length, 'name server', 'name servers'],
    [correspondentNodes.length, 'correspondent node', 'correspondent nodes'],
  ] as const;
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, one, more]) => `${count} ${count === 1 ? one : more}`);
  return `${parts.join(', ')}: nothing is wrong with them, alone or together`;
}
