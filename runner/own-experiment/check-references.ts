import { axesOf } from '../../experiments/any-value.ts';
import type { Claim, Experiment, Plot, Where } from '../../experiments/experiment.ts';
import { findVariant, handoffVariants } from '../../server/variants/variants.ts';
import type { Refuse } from './refusal.ts';

/** What claims, plots and tables name is there: measures, parameters, claims, variants. */
export function checkReferences(experiment: Experiment, refuse: Refuse): void {
  const { claims, plots, tables = [], sequences = [] } = experiment;
  const look = lookUp(experiment, refuse);
  for (const [index, claim] of claims.entries()) checkClaim(`claims[${index}]`, claim, look);
  for (const [index, plot] of plots.entries()) checkPlot(`plots[${index}]`, plot, look);
  for (const [index, { where }] of sequences.entries()) look.where(`sequences[${index}].where`, where);
  for (const [index, { columns, rows, where }] of tables.entries()) {
    const field = `tables[${index}]`;
    look.axis(`${field}.columns.parameter`, columns.parameter);
    look.where(`${field}.where`, where);
    for (const [at, { measure, beside }] of rows.entries()) {
      look.measure(`${field}.rows[${at}].measure`, measure);
      look.measure(`${field}.rows[${at}].beside`, beside);
    }
  }
}

/** Each refuses a name that the experiment has not; undefined is no name. */
interface LookUp {
  readonly measure: (field: string, name: string | undefined) => void;
  readonly axis: (field: string, name: string | undefined) => void;
  readonly claim: (field: string, name: string) => void;
  readonly variant: (field: string, name: string) => void;
  readonly where: (field: string, where: Where | undefined) => void;
}

function lookUp({ claims, measures, parameters }: Experiment, refuse: Refuse): LookUp {
  const among =
    (names: readonly string[]) =>
    (field: string, name: string | undefined): void => {
      if (name === undefined || names.includes(name)) return;
      refuse(field, name, 'is unknown to the experiment', `use one of: ${names.join(', ')}`);
    };
  const axis = among([...Object.keys(parameters), 'variant', 'clock']);
  return {
    measure: among(measures.map(({ name }) => name)),
    axis,
    claim: among(claims.map(({ id }) => id)),
    variant: (field, name) => {
      const names = handoffVariants.map((one) => one.name);
      if (findVariant(name) === undefined)
        refuse(field, name, 'is unknown', `use one of: ${names.join(', ')}`);
    },
    where: (field, where) => {
      if (where === undefined) return;
      for (const name of Object.keys(where)) axis(field, name);
      if (Object.keys(where).length === 0)
        refuse(field, where, 'is empty, so it says nothing', 'name a parameter in it, or leave it out');
    },
  };
}

function checkClaim(field: string, claim: Claim, look: LookUp): void {
  look.measure(`${field}.measure`, claim.measure);
  for (const name of Object.keys(claim.given ?? {})) look.measure(`${field}.given`, name);
  look.where(`${field}.where`, claim.where);
  for (const name of axesOf(claim)) look.axis(field, name);
  for (const name of claim.refinedBy ?? []) look.claim(`${field}.refinedBy`, name);
  switch (claim.kind) {
    case 'bound':
      look.measure(`${field}.shareOf`, claim.shareOf);
      break;
    case 'order':
      for (const name of claim.stages.flat()) look.measure(`${field}.stages`, name);
      break;
    case 'valley':
      look.measure(`${field}.begins.measure`, claim.begins.measure);
      look.measure(`${field}.begins.since`, claim.begins.since);
      break;
    case 'regression':
      if (claim.lessVariant !== undefined) look.variant(`${field}.lessVariant`, claim.lessVariant);
      break;
    case 'paired':
      look.variant(`${field}.lessVariant`, claim.lessVariant);
      break;
    case 'agreement':
      for (const name of claim.by) look.axis(`${field}.by`, name);
      break;
    case 'value':
    case 'proportion':
    case 'constant':
    case 'monotone':
      break;
    default:
      claim satisfies never;
  }
}

function checkPlot(field: string, plot: Plot, look: LookUp): void {
  look.measure(`${field}.measure`, plot.measure);
  // Beside a measure it is a name for people.
  if (plot.x.measure === undefined) look.axis(`${field}.x.parameter`, plot.x.parameter);
  look.measure(`${field}.x.measure`, plot.x.measure);
  look.axis(`${field}.series`, plot.series);
  look.axis(`${field}.facet.parameter`, plot.facet?.parameter);
  if (plot.agreement !== undefined) look.claim(`${field}.agreement`, plot.agreement);
  look.where(`${field}.where`, plot.where);
  for (const [index, { measure }] of (plot.stack ?? []).entries())
    look.measure(`${field}.stack[${index}].measure`, measure);
  for (const [index, { claims, x }] of (plot.residuals?.lines ?? []).entries()) {
    for (const name of claims) look.claim(`${field}.residuals.lines[${index}].claims`, name);
    look.axis(`${field}.residuals.lines[${index}].x`, x);
  }
}
