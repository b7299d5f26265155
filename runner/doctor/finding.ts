/** `missing` keeps the default lab from starting; a `note` is only worth knowing. */
export type Verdict = 'ok' | 'missing' | 'note';

/** One thing that was looked at. */
export interface Finding {
  readonly area: 'machine' | 'installation' | 'lab kernel' | 'running kernel' | 'host';
  readonly id: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** what to do, as a command wherever there is one */
  readonly remedy?: string;
}

const SIGNS: Readonly<Record<Verdict, string>> = { ok: 'ok', missing: 'MISSING', note: 'note' };
const SIGN_WIDTH = 9;

/** What the findings come to: with everything there, and with what is named behind it missing. */
interface Sums {
  readonly whole: string;
  readonly lacking: string;
}

const ofTheLab: Sums = {
  whole: 'The default lab can run here.',
  lacking: 'The default lab cannot start here',
};

/** The findings for people, by area, and what they come to. */
export function describeFindings(findings: readonly Finding[], sums: Sums = ofTheLab): string {
  const width = Math.max(...findings.map(({ id }) => id.length)) + 2;
  const lines: string[] = [];
  let area = '';
  for (const finding of findings) {
    if (finding.area !== area) {
      area = finding.area;
      lines.push(`${lines.length > 0 ? '\n' : ''}${area}`);
    }
    const text = finding.text.replaceAll(/\s*\n\s*/g, '; ');
    lines.push(`  ${SIGNS[finding.verdict].padEnd(SIGN_WIDTH)}${finding.id.padEnd(width)}${text}`);
    if (finding.remedy !== undefined) lines.push(`${' '.repeat(SIGN_WIDTH + width + 2)}→ ${finding.remedy}`);
  }
  const missing = findings.filter(({ verdict }) => verdict === 'missing');
  const sum =
    missing.length === 0 ? sums.whole : `${sums.lacking}: ${missing.map(({ id }) => id).join(', ')}.`;
  return `${[...lines, '', sum].join('\n')}\n`;
}
