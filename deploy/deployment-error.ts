/** What somebody wrote about a deployment is wrong (exit status 2): one line for each thing, with its field, its value and the remedy. */
export class DeploymentError extends Error {
  readonly exitStatus = 2;

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'DeploymentError';
  }
}
