/** `handoff-lab/experiment`: what an experiment of one's own is written with; docs/experiments.md shows its use. */
export type * from '../../experiments/experiment.ts';
export { handoffParameters } from '../../experiments/handoff.ts';
export { handoffExperiment } from '../../experiments/handoff-experiment.ts';
export { handoffMeasures } from '../../experiments/handoff-measures.ts';
export type { ObservedEvent, ObservedPacket, ObservedRepetition } from '../../experiments/observed.ts';
export type { OrderedHandoff, OwnApplication } from '../../experiments/own-server.ts';
export { serverExperiment, serverParameters } from '../../experiments/server-experiment.ts';
export type { TopologyEntry } from '../../topologies/index.ts';
export type {
  Link,
  LinkChange,
  PairLatency,
  Shaping,
  Topology,
  TopologyNode,
} from '../../topologies/topology.ts';
export { type TopologyBuilder, topology } from '../../topologies/topology-builder.ts';
export type { Cell } from '../cells.ts';
export type { LabPlan, LabProcess, Procedure } from '../procedures/procedure.ts';
