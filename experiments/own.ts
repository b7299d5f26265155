/** `handoff-lab/experiment`: what an experiment of one's own is written with; docs/experiments.md shows its use. */
export type * from './experiment.ts';
export { handoffMeasures, handoffParameters } from './handoff.ts';
export { handoffExperiment } from './handoff-experiment.ts';
export type { OrderedHandoff, OwnApplication } from './own-server.ts';
export { serverExperiment, serverParameters } from './server-experiment.ts';
