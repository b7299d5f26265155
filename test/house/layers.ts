/**
 * Who may import whom. A part of the house imports of the project what its row names, itself, and nothing else; a row names only rows above
 * it, so imports go one way. A file belongs to the row with the longest path that its own begins with.
 */
export interface Layer {
  readonly name: string;
  /** beginnings of paths from the project's root; absent: the name */
  readonly paths?: readonly string[];
  /** names of rows above this one */
  readonly imports: readonly string[];
  /** It touches no socket, clock, file or process: it is told the time, and says what is to be sent. */
  readonly isPure?: true;
}

const protocols = ['plain', 'handoff', 'successor', 'contact', 'membership', 'publication'].map(
  (room) => `server/${room}`,
);
const server = [
  ...['server', 'server/variants', 'server/bindings', 'server/channel/frame', 'server/admission/rules'],
  ...protocols,
  ...['server/channel', 'server/admission', 'server/default-export'],
];

export const layers: readonly Layer[] = [
  { name: 'mip6/wire', isPure: true, imports: [] },
  { name: 'mip6/roles', isPure: true, imports: ['mip6/wire'] },
  // What a name was probably meant to be.
  { name: 'server/nearest-name', paths: ['server/nearest-name.ts'], isPure: true, imports: [] },
  // What a module of somebody's own exports.
  { name: 'server/default-export', paths: ['server/default-export.ts'], isPure: true, imports: [] },
  { name: 'server', isPure: true, imports: ['mip6/roles'] },
  // What can differ between two handoffs: data, which experiments and applications name as well.
  { name: 'server/variants', isPure: true, imports: ['mip6/roles'] },
  {
    // What a member asks of a client's binding, and what comes of it.
    name: 'server/bindings',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server'],
  },
  {
    // What frames are made of; the table of them all is further down.
    name: 'server/channel/frame',
    paths: ['frame-codec', 'frame-limits', 'frame-octets', 'peer-change'].map(
      (file) => `server/channel/${file}.ts`,
    ),
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles'],
  },
  {
    name: 'server/plain',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server', 'server/bindings', 'server/channel/frame'],
  },
  {
    // What a peer may name at all; who may say what stands further down.
    name: 'server/admission/rules',
    paths: ['connection-ends', 'group-addresses', 'refusal', 'token-buckets'].map(
      (file) => `server/admission/${file}.ts`,
    ),
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server/plain'],
  },
  {
    name: 'server/handoff',
    paths: ['server/handoff', 'server/attention.ts', 'server/admission/handoff-admission.ts'],
    isPure: true,
    imports: [
      ...['mip6/wire', 'mip6/roles', 'server', 'server/bindings', 'server/channel/frame', 'server/plain'],
      ...['server/variants', 'server/admission/rules'],
    ],
  },
  {
    name: 'server/successor',
    isPure: true,
    imports: [
      ...['mip6/wire', 'mip6/roles', 'server', 'server/bindings', 'server/channel/frame', 'server/handoff'],
      'server/admission/rules',
    ],
  },
  {
    name: 'server/contact',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server', 'server/channel/frame'],
  },
  {
    name: 'server/membership',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server', 'server/channel/frame'],
  },
  {
    name: 'server/publication',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server/channel/frame', 'server/contact'],
  },
  {
    name: 'server/channel',
    isPure: true,
    imports: ['mip6/wire', 'mip6/roles', 'server', 'server/channel/frame', ...protocols],
  },
  {
    name: 'server/admission',
    isPure: true,
    imports: [
      'mip6/wire',
      'server/admission/rules',
      'server/plain',
      'server/handoff',
      'server/successor',
      'server/contact',
      'server/publication',
      'server/channel',
    ],
  },
  // What the lab and its kernel did not do, in the words of one error for both.
  { name: 'linux/lab-error', paths: ['linux/lab-error.ts'], isPure: true, imports: [] },
  {
    // Messages of netlink as octets: a network is built of them too.
    name: 'linux/netlink/messages',
    paths: ['attributes', 'layout', 'message'].map((file) => `linux/netlink/${file}.ts`),
    isPure: true,
    imports: ['mip6/wire', 'linux/lab-error'],
  },
  // Adapters of the kernel decide nothing.
  { name: 'linux', imports: ['mip6/wire', 'linux/lab-error', 'linux/netlink/messages'] },
  {
    name: 'nodes/support',
    imports: [
      'linux/lab-error',
      'mip6/wire',
      'mip6/roles',
      'server/nearest-name',
      'server/variants',
      'linux',
    ],
  },
  // On the library that a member gives them (server-library.ts), not on the member.
  {
    name: 'applications',
    imports: [
      ...['linux/lab-error', 'mip6/wire', 'server/default-export', 'server/variants', 'server/successor'],
      ...['linux', 'nodes/support'],
    ],
  },
  {
    // What of the kernel a contact address has.
    name: 'nodes/member/kernel',
    paths: [
      'nodes/member/mobility.ts',
      'nodes/member/mobility-state.ts',
      'nodes/member/mobility-headers.ts',
      'nodes/member/home-test-relay.ts',
      'nodes/member/contact/member-paths.ts',
      'nodes/member/contact/member-tunnels.ts',
      'nodes/member/contact/esp-numbers.ts',
      'nodes/member/contact/contact-record.ts',
      'nodes/member/plain/flow-rules.ts',
    ],
    imports: [
      'mip6/wire',
      'mip6/roles',
      'server',
      'server/bindings',
      'server/plain',
      'server/contact',
      'linux',
      'nodes/support',
    ],
  },
  {
    name: 'nodes/member/configuration',
    paths: [
      'nodes/member/member-fields.ts',
      'nodes/member/member-config.ts',
      'nodes/member/config-relations.ts',
      'nodes/member/contact-settings.ts',
      'nodes/member/group-addresses-of.ts',
      'nodes/member/written-keys.ts',
      'nodes/member/contact/contact-plan.ts',
      'nodes/member/membership/membership-config.ts',
      'nodes/member/publication/publication-config.ts',
    ],
    imports: [
      'mip6/wire',
      'mip6/roles',
      ...server,
      'linux',
      'nodes/support',
      'applications',
      'nodes/member/kernel',
    ],
  },
  {
    name: 'nodes/member/channel',
    paths: ['', '-calls', '-conversation', '-link', '-network', '-options', '-security'].map(
      (part) => `nodes/member/channel${part}.ts`,
    ),
    imports: ['mip6/wire', 'mip6/roles', ...server, 'linux', 'nodes/support'],
  },
  {
    name: 'nodes/member/contact',
    imports: [
      ...['mip6/wire', 'mip6/roles', ...server, 'linux', 'nodes/support'],
      ...['nodes/member/kernel', 'nodes/member/channel'],
    ],
  },
  {
    // What an application does wrong is not the member's.
    name: 'nodes/member/guard',
    paths: ['nodes/member/application-guard.ts'],
    imports: ['mip6/wire', 'nodes/support'],
  },
  {
    name: 'nodes/member/plain',
    imports: [
      ...['mip6/wire', 'mip6/roles', ...server, 'nodes/support'],
      ...['nodes/member/kernel', 'nodes/member/channel', 'nodes/member/guard'],
    ],
  },
  {
    // Sockets of clients, and their way from one member to another.
    name: 'nodes/member',
    imports: [
      ...['mip6/wire', 'mip6/roles', ...server, 'linux', 'nodes/support', 'applications'],
      ...['nodes/member/kernel', 'nodes/member/channel', 'nodes/member/guard', 'nodes/member/plain'],
    ],
  },
  {
    name: 'nodes/member/publication',
    imports: [
      ...['mip6/wire', ...server, 'nodes/support'],
      ...['nodes/member/configuration', 'nodes/member/channel'],
    ],
  },
  {
    name: 'nodes/member/membership',
    imports: [
      ...['linux/lab-error', 'mip6/wire', ...server, 'nodes/support'],
      ...['nodes/member/configuration', 'nodes/member/channel', 'nodes/member'],
    ],
  },
  {
    // Puts a member together.
    name: 'nodes/member/assembly',
    paths: [
      'nodes/member/contact-host.ts',
      'nodes/member/contact-parts.ts',
      'nodes/member/contact-unit.ts',
      'nodes/member/create-contact-unit.ts',
      'nodes/member/create-member-server.ts',
      'nodes/member/observe-contact.ts',
      'nodes/member/die-at.ts',
      'nodes/member/embedding.ts',
      'nodes/member/library.ts',
      'nodes/member/member-options.ts',
      'nodes/member/start-member.ts',
      'nodes/member/member-daemon.ts',
      'nodes/member/reload.ts',
      'nodes/member/membership/create-membership.ts',
      'nodes/member/membership/leaving-unit.ts',
      'nodes/member/plain/create-plain-clients.ts',
    ],
    imports: [
      ...['mip6/wire', 'mip6/roles', ...server, 'linux', 'nodes/support', 'applications'],
      ...['kernel', 'configuration', 'channel', 'contact', 'guard', 'plain', 'publication', 'membership'].map(
        (room) => `nodes/member/${room}`,
      ),
      'nodes/member',
    ],
  },
  // Its agent speaks the members' channel.
  {
    name: 'nodes/name-server',
    imports: [
      ...['linux/lab-error', 'mip6/wire', 'server/publication', 'nodes/support'],
      ...['nodes/member/configuration', 'nodes/member/channel'],
    ],
  },
  { name: 'nodes/correspondent-node', imports: ['mip6/wire', 'mip6/roles', 'linux', 'nodes/support'] },
  { name: 'nodes/home-agent', imports: ['mip6/wire', 'mip6/roles', 'linux', 'nodes/support'] },
  { name: 'nodes/front-end', imports: ['mip6/wire', 'linux', 'nodes/support', 'applications'] },
  { name: 'nodes/mininet', imports: [] },
  { name: 'nodes/conductor', imports: ['linux/lab-error', 'server/nearest-name', 'nodes/support'] },
  {
    name: 'nodes/fault-gate',
    imports: ['mip6/wire', 'mip6/roles', 'linux', 'nodes/support', 'nodes/conductor'],
  },
  {
    // Servers on hosts of one's own: what their configurations have to do with each other, and what a program says of itself.
    name: 'deploy',
    imports: [
      ...[
        'mip6/wire',
        'server/nearest-name',
        'server/channel',
        'linux',
        'nodes/support',
        'nodes/member/configuration',
      ],
      ...['nodes/name-server', 'nodes/correspondent-node', 'nodes/home-agent'],
    ],
  },
  // Data.
  { name: 'topologies', imports: ['mip6/wire', 'linux/lab-error', 'linux/netlink/messages'] },
  { name: 'experiments', imports: ['server/nearest-name'] },
  // Reads only what is on disk.
  {
    name: 'analysis',
    imports: [
      'mip6/wire',
      'server/variants',
      'server/handoff',
      'server/channel',
      'topologies',
      'experiments',
    ],
  },
  // Starts nodes, and never imports them.
  {
    name: 'runner',
    imports: [
      'deploy',
      'linux/lab-error',
      'mip6/wire',
      'server/nearest-name',
      'server/default-export',
      'server/variants',
      'topologies',
      'experiments',
      'analysis',
    ],
  },
  { name: 'bench', imports: ['linux/lab-error', 'linux', 'topologies', 'experiments', 'runner'] },
];

/** Modules that a pure part does without. */
export const impureModules: RegExp =
  /^(?:node:(?:net|dgram|fs|process|child_process|timers|os|http|tls|worker_threads)(?:\/|$)|koffi$|execa$|zx$)/;

/** Files that import each other in a circle, type-only imports included, because they are one thing in several files. */
export const families: readonly (readonly string[])[] = [
  ['experiments/claim.ts', 'experiments/experiment.ts'],
  ['nodes/member/departure.ts', 'nodes/member/departures.ts'],
];
