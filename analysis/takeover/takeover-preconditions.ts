import type { Parameters } from '../../experiments/experiment.ts';
import { firstOf } from '../events/faults.ts';
import type { Observation } from './observation.ts';
import type { Roles } from './roles.ts';
import { firstAcknowledgement, firstUpdate } from './takeover-measures.ts';

/** Fewer packets than these in the second before the end, and there is nothing to compare with. */
const leastOptimized = 10;

/** Why a repetition must not be measured, in words; empty where all went as planned up to the contact node's end. */
export function brokenPreconditions(
  seen: Observation,
  roles: Roles,
  parameters: Parameters,
): readonly string[] {
  const reasons = [
    firstOf(seen.faults),
    unservedBefore(seen, parameters),
    lossless(parameters) && seen.optimized.filter((ms) => ms < 0).length < leastOptimized
      ? 'the client of the other member had no data before the end'
      : undefined,
    firstUpdate(seen, roles) === undefined ? 'no Binding Update of the first backup' : undefined,
    firstAcknowledgement(seen, roles) === undefined ? 'no acknowledgement of its Binding Update' : undefined,
    seen.servedBySuccessor.length === 0 ? 'no datagram came to the successor' : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined);
}

/** Datagrams that had come to the contact node before it ended have all been answered, where links lose none. */
function unservedBefore(
  { requests, answered, answersOfContactNode }: Observation,
  parameters: Parameters,
): string | undefined {
  if (answersOfContactNode.every((ms) => ms > 0)) return 'the contact node answered nothing before its end';
  if (!lossless(parameters)) return undefined;
  const { csMs = 0, homeMs = 0 } = parameters;
  const lost = [...requests].filter(
    ([number, ms]) => ms + csMs + homeMs < -slackMs && !answered.has(number),
  ).length;
  return lost === 0 ? undefined : `${lost} datagrams that came before the end were not answered`;
}

function lossless({ lossPct = 0 }: Parameters): boolean {
  return lossPct === 0;
}

/** for the contact node's process */
const slackMs = 2;
