/** What is wrong between configurations, each of which is good by itself; a `note` may be meant so. */
export interface GroupProblem {
  readonly file: string;
  readonly field: string;
  /** what stands there, what is wrong with it, and what to do; never an octet of a key */
  readonly text: string;
  readonly isNote?: true;
}

export function describeProblem({ file, field, text, isNote }: GroupProblem): string {
  return `${isNote === true ? 'note: ' : ''}${file}: ${field}: ${text}`;
}
