/** A file of the crate, as it lies below the crate's folder. */
export interface CrateFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a crate says of itself beside its files. */
export interface CrateFacts {
  /** of the published run */
  readonly name: string;
  readonly description: string;
  readonly commit: string;
  readonly version: string;
  /** when the run was measured: ISO 8601 */
  readonly startedAt: string;
  /** name → value: seed, profile, clock, kernel, Node … */
  readonly parameters: Readonly<Record<string, string>>;
  /** the command that makes the run */
  readonly command: string;
}

type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string };

const reference = (id: string) => ({ '@id': id });
const license = 'https://spdx.org/licenses/MIT';
const paper = '#IR-CS-013';
const software = '#handoff-lab';
const authors = '#authors';
const run = '#run';

const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
  html: 'text/html',
  svg: 'image/svg+xml',
  png: 'image/png',
  pcap: 'application/vnd.tcpdump.pcap',
  cff: 'text/yaml',
};

/**
 * `ro-crate-metadata.json`: the published run as a research object (RO-Crate 1.1, https://w3id.org/ro/crate/1.1; how it came about by
 * the profile Process Run Crate). The same run gives the same octets.
 */
export function roCrateMetadata(facts: CrateFacts, files: readonly CrateFile[]): string {
  const graph: readonly Entity[] = [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      conformsTo: reference('https://w3id.org/ro/crate/1.1'),
      about: reference('./'),
    },
    root(facts, files),
    ...origin(facts, files),
    ...files.map(fileEntity),
  ];
  return `${JSON.stringify({ '@context': 'https://w3id.org/ro/crate/1.1/context', '@graph': graph }, undefined, 2)}\n`;
}

function root(facts: CrateFacts, files: readonly CrateFile[]): Entity {
  return {
    '@id': './',
    '@type': 'Dataset',
    name: `handoff-lab: ${facts.name}`,
    description: facts.description,
    datePublished: facts.startedAt.slice(0, 10),
    license: reference(license),
    author: reference(authors),
    citation: reference(paper),
    conformsTo: reference('https://w3id.org/ro/wfrun/process/0.5'),
    mentions: reference(run),
    hasPart: files.map(({ path }) => reference(idOf(path))),
  };
}

function origin(facts: CrateFacts, files: readonly CrateFile[]): readonly Entity[] {
  const parameters = Object.entries(facts.parameters).map(([name, value]) => ({
    '@id': `#parameter-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    '@type': 'PropertyValue',
    name,
    value,
  }));
  return [
    {
      '@id': run,
      '@type': 'CreateAction',
      name: facts.command,
      startTime: facts.startedAt,
      instrument: reference(software),
      object: parameters.map((parameter) => reference(parameter['@id'])),
      result: files.map(({ path }) => reference(idOf(path))),
    },
    {
      '@id': software,
      '@type': ['SoftwareSourceCode', 'SoftwareApplication'],
      name: 'handoff-lab',
      version: facts.commit,
      softwareVersion: facts.version,
      programmingLanguage: 'TypeScript',
      license: reference(license),
    },
    {
      '@id': paper,
      '@type': 'ScholarlyArticle',
      name: 'A Single-Homed Ad Hoc Distributed Server',
      identifier: 'IR-CS-013',
      author: ['Michał Szymaniak', 'Guillaume Pierre', 'Mariana Simons-Nikolova', 'Maarten van Steen'],
      publisher: 'Vrije Universiteit Amsterdam',
    },
    { '@id': authors, '@type': 'Organization', name: 'The handoff-lab authors' },
    { '@id': license, '@type': 'CreativeWork', name: 'MIT License' },
    ...parameters,
  ];
}

function fileEntity({ path, bytes, sha256 }: CrateFile): Entity {
  const type = mediaTypes[/\.([a-z]+)(?:\.zst|\.gz)?$/.exec(path)?.[1] ?? ''];
  const zipped = path.endsWith('.zst')
    ? ['application/zstd']
    : path.endsWith('.gz')
      ? ['application/gzip']
      : [];
  return {
    '@id': idOf(path),
    '@type': 'File',
    name: path,
    contentSize: String(bytes),
    sha256,
    encodingFormat: zipped[0] ?? type ?? 'text/plain',
  };
}

/** A relative URI: names of cells have characters that stand for something there. */
function idOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
