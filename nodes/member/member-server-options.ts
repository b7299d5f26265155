import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffContext } from './handoff-context.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';
import type { SurvivalOptions } from './survival/survival-options.ts';

export interface MemberServerOptions
  extends Omit<HandoffContext, 'content' | 'onClient' | 'holdNewConnections' | 'onBeginning'> {
  readonly mobility: Mobility;
  /** clients without Mobile IPv6 */
  readonly plain: PlainClientService;
  /** absent: no connection outlives its member */
  readonly survival?: Pick<SurvivalOptions, 'beatMs' | 'silentMs' | 'chooseBackup' | 'index' | 'send'>;
  /** for the log */
  readonly applicationName: string;
  /** Care-of addresses of the other members, at present. */
  members(): readonly Ipv6Address[];
  /** The client is bound to another member, which serves it. */
  isElsewhere(client: Ipv6Address): boolean;
  /** where members join and leave */
  readonly membership?: {
    /** see `ServerLibrary.chooseAcceptor` */
    chooseAcceptor(client: Ipv6Address, except?: ReadonlySet<Ipv6Address>): Promise<Ipv6Address | undefined>;
    /** Their number may have changed. */
    clientsChanged(): void;
  };
}
