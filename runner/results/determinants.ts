/** What decides a run's results beside its own parameters, as a manifest tells it: name → value; undefined where it does not tell. */
export type Determinants = Readonly<Record<DeterminantName, string | undefined>>;

/** In the order in which they are told: what changes most often first. */
const determinantNames = [
  'commit',
  'programs',
  'analysis',
  'kernel',
  'kernel configuration',
  'kernel compiler',
  'flags',
  'Node',
  'runtime',
  'OpenSSL',
  'libc',
  'iproute2',
  'tcpdump',
  'nftables',
  'other lab programs',
  'processor features',
] as const;
type DeterminantName = (typeof determinantNames)[number];

/** Debian's packages that have a name of their own here. */
const packageOf = {
  libc: 'libc6',
  iproute2: 'iproute2',
  tcpdump: 'tcpdump',
  nftables: 'nftables',
} as const;

/** Reads a manifest of this or an earlier version. */
export function determinantsOf(manifest: Readonly<Record<string, unknown>>): Determinants {
  const kernel = fields(manifest.kernel);
  const programs = fields(manifest.programs);
  const packages = packagesOf(manifest);
  const named = Object.entries(packageOf).map(([name, debian]) => [name, text(packages?.[debian])]);
  return {
    commit: commitOf(manifest),
    programs: json(programs.programs),
    analysis: text(manifest.analysis),
    kernel: joined(text(kernel.version), text(kernel.key)),
    'kernel configuration': text(kernel.configHash),
    'kernel compiler': text(fields(manifest.host).kernelCompiler),
    flags: text(manifest.flags),
    Node: text(manifest.node),
    runtime: text(programs.runtime),
    OpenSSL: text(manifest.openssl),
    ...(Object.fromEntries(named) as Record<keyof typeof packageOf, string | undefined>),
    'other lab programs': packages && json(without(packages, Object.values(packageOf))),
    'processor features': json(fields(manifest.host).processorFeatures),
  };
}

/** How one determinant of a stored run stands to the present one's. */
export interface Differing {
  readonly name: DeterminantName;
  readonly was: string | undefined;
  readonly is: string | undefined;
}

/** Which determinants differ, and which of the two sides does not tell: nobody can say that they are the same. */
export function compareDeterminants(
  stored: Determinants,
  present: Determinants,
): { readonly differing: readonly Differing[]; readonly unknown: readonly DeterminantName[] } {
  const pairs = determinantNames.map((name) => ({ name, was: stored[name], is: present[name] }));
  return {
    differing: pairs.filter(({ was, is }) => was !== undefined && is !== undefined && was !== is),
    unknown: pairs.filter(({ was, is }) => was === undefined || is === undefined).map(({ name }) => name),
  };
}

/** A line for people; what is long (lists of programs, of features) is told by what differs in it. */
export function differenceText({ name, was = '', is = '' }: Differing): string {
  const [before, now] = [entriesOf(was), entriesOf(is)];
  if (before === undefined || now === undefined) return `${name}: ${was} then, ${is} now`;
  const gone = [...before].filter((entry) => !now.has(entry));
  const come = [...now].filter((entry) => !before.has(entry));
  return `${name}: ${[some('then', gone), some('now', come)].filter((part) => part !== '').join('; ')}`;
}

const shown = 6;

function some(when: string, entries: readonly string[]): string {
  if (entries.length === 0) return '';
  const more = entries.length > shown ? ` and ${entries.length - shown} more` : '';
  return `${when} ${entries.slice(0, shown).join(', ')}${more}`;
}

/** The entries of a list or an object that `json` has written; undefined for plain text. */
export function entriesOf(value: string): ReadonlySet<string> | undefined {
  if (!/^[[{]/.test(value)) return undefined;
  const read: unknown = JSON.parse(value);
  if (Array.isArray(read)) return new Set(read.map(String));
  return new Set(Object.entries(read as object).map(([name, entry]) => `${name} ${entry}`));
}

function commitOf({ commit, dirty }: Readonly<Record<string, unknown>>): string | undefined {
  const name = text(commit);
  if (name === undefined || dirty === 'unknown') return undefined;
  return dirty === true ? `${name} with changes` : name;
}

/** A run on the running kernel, before its programs were recorded, says in words whose they were. */
function packagesOf({ userland }: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const { packages } = fields(userland);
  return packages === undefined ? undefined : fields(packages);
}

function without(
  packages: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(packages).filter(([name]) => !names.includes(name)));
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(' ');
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'unknown' ? value : undefined;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
