/** Bad usage or input (exit status 2): names the field, the value and the remedy. */
export class UsageError extends Error {
  readonly field: string;
  readonly value: string;
  readonly remedy: string;

  constructor(field: string, value: string, problem: string, remedy: string) {
    super(`${field}: '${value}' ${problem}; ${remedy}`);
    this.name = 'UsageError';
    this.field = field;
    this.value = value;
    this.remedy = remedy;
  }
}
