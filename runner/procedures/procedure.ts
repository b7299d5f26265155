import type { CellRecord } from '../../analysis/cell.ts';
import type { Topology } from '../../topologies/topology.ts';
import type { Cell } from '../cells.ts';
import type { Replacement } from './replacement.ts';
import type { SecurityAssociation } from './security-associations.ts';

/** A program that runs in a namespace of the lab. */
export interface LabProcess {
  /** name of the node in the event log; its configuration is `config/<name>.json` */
  readonly name: string;
  readonly host: string;
  /** a name in `nodeEntryPoints` */
  readonly program: string;
  /** another implementation that takes the program's place */
  readonly replacement?: Replacement;
  /** the plan kills it: that it does not end by itself is no failure */
  readonly mayBeKilled?: true;
  readonly config: unknown;
}

/** What a cell does in the lab: started daemons are ready before the driver starts; the driver's end is the cell's end. */
export interface LabPlan {
  readonly topology: Topology;
  /** who builds the network; default: the lab itself */
  readonly builder?: 'mininet';
  /** by role, for the analysis: see CellRecord */
  readonly addresses: Readonly<Record<string, string>>;
  readonly servicePort: number;
  readonly channelPort: number;
  /** the ESP associations in use; their keys are written beside the capture, so that anyone can decrypt it */
  readonly associations?: Readonly<Record<string, SecurityAssociation>>;
  /** in order; the processes of a stage start together, a stage waits until all of the one before are ready */
  readonly daemons: readonly (readonly LabProcess[])[];
  readonly driver: LabProcess;
  /** the client may be handed off, or not, as often as its server likes */
  readonly mayHandOff?: boolean;
  /** of a network that is not the testbed: what the analysis is told of it, see `CellRecord` */
  readonly seenFrom?: Pick<CellRecord, 'clientNeighbour' | 'network'>;
  /** further files of the job folder: name → text */
  readonly files?: Readonly<Record<string, string>>;
  /** names that programs in the lab know: name → address */
  readonly hostNames?: Readonly<Record<string, string>>;
  /** a folder of this machine that programs in the lab see under its own name, read-only */
  readonly shownFolder?: string;
  /** FIFOs that are there before the first process starts, absolute */
  readonly fifos?: readonly string[];
  /** what the driver starts by itself, see disturbances.ts */
  readonly conducted?: readonly LabProcess[];
  /** an upper bound for the whole run on the lab's own clock */
  readonly virtualTimeoutS: number;
  /** about how long the driver takes on the wall clock, where waiting is not free; for estimates */
  readonly wallSeconds: number;
}

/** A named way to run a cell. */
export type Procedure = (cell: Cell) => LabPlan;
