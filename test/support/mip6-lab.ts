import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import type {
  CorrespondentNodeConfig,
  CorrespondentNodeInput,
  CorrespondentNodeOutput,
} from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import { HomeAgent } from '../../mip6/roles/home-agent/home-agent.ts';
import type {
  HomeAgentConfig,
  HomeAgentInput,
  HomeAgentOutput,
} from '../../mip6/roles/home-agent/home-agent-types.ts';
import { MobileNode } from '../../mip6/roles/mobile-node/mobile-node.ts';
import type {
  MobileNodeConfig,
  MobileNodeEvent,
  MobileNodeInput,
  MobileNodeOutput,
} from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { ipv6Prefix } from '../../mip6/wire/address.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS, HOME_AGENT } from './mip6-addresses.ts';
import { seededBytes } from './seeded-random.ts';
import { RoleNode, VirtualNetwork, type VirtualPath } from './virtual-pair.ts';

export interface Mip6Lab {
  readonly network: VirtualNetwork;
  readonly mobile: RoleNode<MobileNodeInput, MobileNodeOutput>;
  readonly mobileRole: MobileNode;
  readonly correspondent: RoleNode<CorrespondentNodeInput, CorrespondentNodeOutput>;
  readonly correspondentRole: CorrespondentNode;
  readonly homeAgent: RoleNode<HomeAgentInput, HomeAgentOutput>;
  readonly homeAgentRole: HomeAgent;
  /** An input to the mobile node, now. */
  tell(input: MobileNodeInput): void;
  /** The mobile node's events so far, of one kind. */
  events<Kind extends MobileNodeEvent['kind']>(kind: Kind): Extract<MobileNodeEvent, { kind: Kind }>[];
}

export interface Mip6LabOptions {
  readonly seed?: number;
  readonly path?: VirtualPath;
  readonly mobile?: Partial<MobileNodeConfig>;
  readonly correspondent?: Partial<CorrespondentNodeConfig>;
  readonly homeAgent?: Partial<HomeAgentConfig>;
}

/** A mobile node, a correspondent node and a home agent on one virtual network. */
export function mip6Lab(options: Mip6LabOptions = {}): Mip6Lab {
  const { seed = 1, path = { delayMs: 20 } } = options;
  const mobileRole = new MobileNode({
    homeAddress: HOME_ADDRESS,
    random: seededBytes(seed),
    ...options.mobile,
  });
  const correspondentRole = new CorrespondentNode({
    random: seededBytes(seed + 1_000_003),
    ...options.correspondent,
  });
  const homeAgentRole = new HomeAgent({
    address: HOME_AGENT,
    prefixes: [ipv6Prefix('2001:db8:1::/64')],
    ...options.homeAgent,
  });
  const mobile = new RoleNode(mobileRole, [HOME_ADDRESS, CARE_OF_1, CARE_OF_2], (datagram) => ({
    kind: 'datagram' as const,
    datagram,
  }));
  const correspondent = new RoleNode(correspondentRole, [CORRESPONDENT], (datagram) => ({
    kind: 'datagram' as const,
    datagram,
  }));
  const homeAgent = new RoleNode(homeAgentRole, [HOME_AGENT], (datagram) => ({
    kind: 'datagram' as const,
    datagram,
    protectedByIpsec: true,
  }));
  const network = new VirtualNetwork([mobile, correspondent, homeAgent], path, seed + 2_000_003);
  return {
    network,
    mobile,
    mobileRole,
    correspondent,
    correspondentRole,
    homeAgent,
    homeAgentRole,
    tell: (input) => network.act((now) => mobileRole.handle(input, now)),
    events: (kind) =>
      mobile.outputs.flatMap(({ output }) =>
        output.kind === 'event' && isKind(output.event, kind) ? [output.event] : [],
      ),
  };
}

function isKind<Kind extends MobileNodeEvent['kind']>(
  event: MobileNodeEvent,
  kind: Kind,
): event is Extract<MobileNodeEvent, { kind: Kind }> {
  return event.kind === kind;
}
