import {
  channelSignals,
  type FaultKind,
  faultKinds,
  firstKill,
  signalling,
} from '../../experiments/faults/signalling.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import type { Cell } from '../cells.ts';
import { downloadHandoff } from './download-handoff.ts';
import { longestTripMs } from './patience.ts';
import type { LabPlan, LabProcess } from './procedure.ts';

/** of the packet filter; nobody else in a lab has one */
const queue = 7;
/** longer than the members' channel and the client's acknowledgements need to notice, shorter than a session's patience */
const cutMs = 20_000;
/** ms beside the longest path until a copy follows, and until a packet that nothing overtakes goes on */
const spareMs = 10;
const heldTrips = 12;

/**
 * The handoff of the paper's testbed with a fault in it: the packet of place `place` among the variant's signalling is lost, doubled or
 * delayed past the next one, or a member is cut off or killed behind it. Without a place each session has the next one.
 */
export function faultyHandoff(cell: Cell): LabPlan {
  const { kind = 0 } = cell.parameters;
  // Of a process that is no more a further session would say nothing.
  const sessions = kind >= firstKill ? { ...cell, repetitions: 1 } : cell;
  const plan = downloadHandoff(sessions);
  return {
    ...plan,
    daemons: [
      [gate(sessions, plan)],
      ...plan.daemons.map((stage) => stage.map((one) => killable(one, cell))),
    ],
  };
}

function killable(process: LabProcess, { parameters: { kind = 0 } }: Cell): LabProcess {
  const killed = {
    [faultKinds.indexOf('donor-killed')]: 'node1',
    [faultKinds.indexOf('acceptor-killed')]: 'node2',
  };
  return process.name === killed[kind] ? { ...process, mayBeKilled: true } : process;
}

interface PlannedFault {
  readonly signal: string;
  readonly fault: FaultKind;
}

/** Of each session: one fault, and a second one where the cell asks for pairs. */
function plannedFaults({ parameters, repetitions, variant }: Cell): readonly (readonly PlannedFault[])[] {
  const { kind = 0, place = 0, secondKind = 0, secondPlace = 0 } = parameters;
  const at = (which: number, number: number): readonly PlannedFault[] => {
    const signal = signalling[variant]?.[number - 1];
    const fault = faultKinds[which];
    return signal === undefined || fault === undefined ? [] : [{ signal, fault }];
  };
  return Array.from({ length: repetitions }, (_, repetition) => [
    ...at(kind, place === 0 ? repetition + 1 : place),
    ...at(secondKind, secondPlace),
  ]);
}

function gate(cell: Cell, { topology, servicePort, channelPort }: LabPlan): LabProcess {
  const { client, contactAddress, node1: donor, node2: acceptor } = FIG9_ADDRESSES;
  const named = (names: readonly string[]) =>
    names.filter((name) => signalling[cell.variant]?.includes(name) === true);
  const sessions = plannedFaults(cell);
  const tripMs = longestTripMs(topology);
  return {
    name: 'fault-gate',
    host: 'router',
    program: 'fault-gate',
    config: {
      ...{ client, contactAddress, donor, acceptor, servicePort, channelPort },
      ...{ donorNode: 'node1', acceptorNode: 'node2', queue, sessions },
      toAcceptor: sessions.map(() => named(channelSignals.toAcceptor)),
      toDonor: sessions.map(() => named(channelSignals.toDonor)),
      ...{ copyMs: tripMs + spareMs, holdMs: heldTrips * tripMs + spareMs, cutMs },
    },
  };
}
