import { readFileSync } from 'node:fs';
import type * as z from 'zod/mini';
import { correspondentNodeConfig } from '../nodes/correspondent-node/correspondent-node-config.ts';
import { homeAgentConfig } from '../nodes/home-agent/home-agent-config.ts';
import { memberConfig } from '../nodes/member/member-config.ts';
import type { MemberConfig } from '../nodes/member/member-fields.ts';
import { nameServerConfig } from '../nodes/name-server/name-server-config.ts';
import { problemsOf, withoutWords } from '../nodes/support/config-problems.ts';
import { readConfig } from '../nodes/support/read-config.ts';

type HomeAgentConfig = z.infer<typeof homeAgentConfig>;
export type NameServerConfig = z.infer<typeof nameServerConfig>;

/** A configuration that is good by itself, and where it stands. */
export interface Placed<Config> {
  readonly file: string;
  readonly config: Config;
}

/** The configurations of one server, by program. */
export interface Configurations {
  readonly members: readonly Placed<MemberConfig>[];
  readonly homeAgents: readonly Placed<HomeAgentConfig>[];
  readonly nameServers: readonly Placed<NameServerConfig>[];
  readonly correspondentNodes: readonly Placed<unknown>[];
}

/** Each program by a field that no other has. */
const programs = [
  ['member', 'careOfAddress'],
  ['home-agent', 'homeAddresses'],
  ['name-server', 'zone'],
] as const;
type Program = (typeof programs)[number][0] | 'correspondent-node';

/** Reads each file as its program does; what is wrong in one by itself is in `problems`, each a line with the file in front. */
export function readConfigurations(files: readonly string[]): {
  readonly found: Configurations;
  readonly problems: readonly string[];
} {
  const members: Placed<MemberConfig>[] = [];
  const homeAgents: Placed<HomeAgentConfig>[] = [];
  const nameServers: Placed<NameServerConfig>[] = [];
  const correspondentNodes: Placed<unknown>[] = [];
  const problems: string[] = [];
  const read = <Config>(file: string, schema: z.ZodMiniType<Config>, to: Placed<Config>[]): void => {
    const result = readConfig(file, schema);
    if (typeof result === 'string') problems.push(result);
    else to.push({ file, config: result.config });
  };
  for (const file of files) {
    switch (programOf(file)) {
      case 'member':
        read(file, memberConfig, members);
        break;
      case 'home-agent':
        read(file, homeAgentConfig, homeAgents);
        break;
      case 'name-server':
        read(file, nameServerConfig, nameServers);
        break;
      default:
        read(file, correspondentNodeConfig, correspondentNodes);
    }
  }
  return { found: { members, homeAgents, nameServers, correspondentNodes }, problems };
}

/** Whose configuration a file is; a file that is none of the others is read as a correspondent node's, whose fields are all optional. */
function programOf(file: string): Program {
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return programOfJson(json);
  } catch {
    return 'correspondent-node';
  }
}

/** What is wrong with a configuration that is not in a file yet. */
export function problemsOfConfiguration(json: object): readonly string[] {
  const schemas = {
    member: memberConfig,
    'home-agent': homeAgentConfig,
    'name-server': nameServerConfig,
    'correspondent-node': correspondentNodeConfig,
  } as const;
  const { error } = schemas[programOfJson(json)].safeParse(json, withoutWords);
  return error === undefined ? [] : problemsOf(json, error.issues);
}

function programOfJson(json: unknown): Program {
  if (typeof json !== 'object' || json === null) return 'correspondent-node';
  return programs.find(([, field]) => Object.hasOwn(json, field))?.[0] ?? 'correspondent-node';
}
