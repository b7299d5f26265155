import type { Experiment, GridBlock, ParameterSpec } from '../../experiments/experiment.ts';
import type { Refuse } from './refusal.ts';

/** Bounds and defaults of parameters agree, and the grid's points lie in them. */
export function checkGrids(experiment: Experiment, refuse: Refuse): void {
  checkParameters(experiment, refuse);
  checkProfiles(experiment, refuse);
}

function checkParameters({ parameters }: Experiment, refuse: Refuse): void {
  for (const [name, spec] of Object.entries(parameters)) {
    const { min, max, default: usual } = spec;
    const field = `parameters.${name}`;
    if (min > max) refuse(`${field}.min`, min, 'is more than the maximum', `give ${max} at most`);
    if (usual !== undefined) checkValue(`${field}.default`, usual, spec, refuse);
  }
}

function checkProfiles({ profiles, parameters, variants }: Experiment, refuse: Refuse): void {
  for (const [profile, { grid, byVariant = {}, drawn }] of Object.entries(profiles)) {
    if (grid.length === 0 && Object.keys(byVariant).length === 0)
      refuse(`profiles.${profile}.grid`, grid, 'is empty', 'name one point at least: [{}] is the defaults');
    for (const [index, block] of grid.entries())
      checkBlock(`profiles.${profile}.grid[${index}]`, block, parameters, refuse);
    for (const [variant, blocks] of Object.entries(byVariant)) {
      const field = `profiles.${profile}.byVariant`;
      if (!variants.includes(variant))
        refuse(field, variant, 'is no variant of the experiment', `use one of: ${variants.join(', ')}`);
      for (const [index, block] of blocks.entries())
        checkBlock(`${field}.${variant}[${index}]`, block, parameters, refuse);
    }
    for (const [name, { min, max }] of Object.entries(drawn?.between ?? {})) {
      const field = `profiles.${profile}.drawn.between`;
      if (min > max) refuse(`${field}.${name}.min`, min, 'is more than the maximum', `give ${max} at most`);
      checkBlock(field, { [name]: [min, max] }, parameters, refuse);
    }
  }
}

function checkBlock(
  field: string,
  block: GridBlock,
  parameters: Experiment['parameters'],
  refuse: Refuse,
): void {
  for (const [name, values] of Object.entries(block)) {
    const spec = parameters[name];
    if (spec === undefined) {
      const known = Object.keys(parameters);
      const remedy =
        known.length > 0
          ? `use one of: ${known.join(', ')}`
          : 'it has none: leave the grid out, or describe it in `parameters`';
      refuse(field, name, 'is no parameter of the experiment', remedy);
    }
    for (const value of values) checkValue(`${field}.${name}`, value, spec, refuse);
  }
}

function checkValue(
  field: string,
  value: number,
  { integer, min, max }: ParameterSpec,
  refuse: Refuse,
): void {
  if ((integer !== true || Number.isInteger(value)) && value >= min && value <= max) return;
  const kind = integer === true ? 'whole number' : 'number';
  refuse(field, value, 'is out of bounds', `give a ${kind} from ${min} to ${max}`);
}
