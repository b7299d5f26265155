import type { Claim, Experiment, GridBlock, Measure, ParameterSpec, Plot } from './experiment.ts';
import { handoffParameters } from './handoff.ts';
import { handoffMeasures } from './handoff-measures.ts';
import type { OwnServerFields } from './own-server.ts';

/** What there is to say about an experiment with a server of one's own; what is left out is as on the paper's testbed. */
interface ServerQuestion extends OwnServerFields {
  /** name of its folder of results: small letters, digits and hyphens */
  readonly id: string;
  readonly question: string;
  /** the server: a path from this file, or with what its function is given */
  readonly application: NonNullable<OwnServerFields['application']>;
  /** the client: a command for bash */
  readonly client: string;
  /** points to be measured, by names in `parameters`; default: one point, all at their defaults */
  readonly grid?: readonly GridBlock[];
  /** of the command per point and variant; default 5 */
  readonly repetitions?: number;
  /** handoff variants: the application is told each as `variant`; default: none is told */
  readonly variants?: readonly string[];
  /** a network of `topology list`, a file, or a value; default fig9 */
  readonly topology?: Experiment['topology'];
  /** what the grid may vary and the application is told; default: the parameters of the network */
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  /** default: those of a handoff, which a repetition with one handoff of one connection has */
  readonly measures?: readonly Measure[];
  readonly claims?: readonly Claim[];
  readonly plots?: readonly Plot[];
}

const names = [
  'csMs',
  'cs1Ms',
  'cs2Ms',
  'ssMs',
  'rateKbit',
  'lossPct',
  'bucketFrames',
  'quickAck',
  'jitterMs',
];

/** What `--set` may name where a server of one's own runs on the paper's testbed. */
export const serverParameters: Readonly<Record<string, ParameterSpec>> = Object.fromEntries(
  names.map((name) => [name, handoffParameters[name]!]),
);

/** An experiment of one's own with a server of one's own: on every member, with a command as its client. */
export function serverExperiment(own: ServerQuestion): Experiment {
  const {
    grid = [{}],
    repetitions = 5,
    variants = [],
    topology = 'fig9',
    claims = [],
    plots = [],
    ...rest
  } = own;
  const profile = { grid, repetitions };
  return {
    title: own.id,
    source: 'an experiment of one’s own',
    parameters: serverParameters,
    measures: handoffMeasures,
    procedure: 'own-server',
    // A field that no experiment has is refused with all others.
    ...rest,
    topology,
    profiles: { smoke: { grid, repetitions: 1 }, quick: profile, paper: profile },
    variants,
    claims,
    plots,
  };
}
