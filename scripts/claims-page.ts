import type { Claim } from '../experiments/claim.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { everyExperiment } from '../experiments/index.ts';
import { paperStatements } from './paper-statements.ts';

const head = `# Claims

Every claim that a run judges, by the section of the paper that it is of, with the reason for what it tolerates. Made from \`experiments/\`
by \`make docs-claims\`; a test compares. Verdicts are in \`claims.csv\` of a run, the expected ones in \`experiments/verdicts/\`.

*whose*: \`paper\` says it; \`ours\` goes beyond it, or says what is so where the paper's sentence does not hold by its letter (*refined by*);
\`lab\` is about the lab itself.
`;

/** docs/claims.md: all claims of all experiments, in the paper's order. */
export function claimsPage(): string {
  const rows = everyExperiment.flatMap((experiment) =>
    experiment.claims.map((claim) => ({ experiment, claim })),
  );
  const sections = [...new Set(rows.map(({ claim }) => claim.section ?? ''))].sort(inOrder);
  const parts = sections.map((section) => {
    const mine = rows.filter(({ claim }) => (claim.section ?? '') === section);
    const title = section === '' ? 'Beyond the paper, and of the lab' : section;
    return [`## ${title}`, '', '| claim | whose | statement | source | tolerance | refined by |']
      .concat(['|---|---|---|---|---|---|'], mine.map(row))
      .join('\n');
  });
  return `${[head, ...parts, statementsPart(), causesPart()].join('\n')}\n`;
}

/** What the paper's evaluation says, each with the claims that judge it; the paper's words are in the paper. */
function statementsPart(): string {
  const lines = paperStatements.map(({ section, says, claims, otherwise }) => {
    const judged =
      claims === undefined ? `not judged: ${otherwise}` : claims.map((id) => `\`${id}\``).join(' ');
    return `| ${section} | ${says} | ${judged} |`;
  });
  return [
    '## All that §6 says',
    '',
    'Every number, relation and qualitative statement of the paper’s evaluation, in short, and the claims that judge it.',
    '',
  ]
    .concat(['| section | what it says | judged by |', '|---|---|---|'], lines)
    .join('\n');
}

/** What is known of why claims deviate, where something is. */
function causesPart(): string {
  const claims = everyExperiment.flatMap((experiment) => experiment.claims);
  const lines = claims.flatMap(({ id, deviation }) =>
    deviation === undefined ? [] : [`| \`${id}\` | ${deviation} |`],
  );
  return [
    '## Where claims deviate',
    '',
    'Causes that are known; what is so instead stands in the column *refined by* above.',
    '',
  ]
    .concat(['| claim | cause |', '|---|---|'], lines)
    .join('\n');
}

function row({ experiment, claim }: { readonly experiment: Experiment; readonly claim: Claim }): string {
  const { id, about = 'ours', statement, source, toleranceReason = '', refinedBy = [] } = claim;
  const cells = [
    `\`${id}\` (${experiment.id})`,
    about,
    statement,
    source,
    toleranceReason,
    refinedBy.map((one) => `\`${one}\``).join(' '),
  ];
  return `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

/** §6.1 before §6.2; what is of no section comes last. */
function inOrder(one: string, other: string): number {
  if ((one === '') !== (other === '')) return one === '' ? 1 : -1;
  return one < other ? -1 : Number(one > other);
}
