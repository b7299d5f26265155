import { problemsOfConfiguration } from './configurations.ts';
import { DeploymentError } from './deployment-error.ts';
import { configurationsOf } from './generate.ts';
import { readPlan } from './plan.ts';
import { writeNew } from './write-files.ts';

/** Configurations of a whole group from its plan, with keys of their own; their paths. Throws DeploymentError, and has written nothing then. */
export function makeGroup(planFile: string, folder: string): readonly string[] {
  const files = configurationsOf(readPlan(planFile));
  const problems = [...files].flatMap(([name, json]) =>
    problemsOfConfiguration(json).map((problem) => `${planFile}: ${name}: ${problem}`),
  );
  if (problems.length > 0) throw new DeploymentError(problems);
  return writeNew(folder, files);
}
