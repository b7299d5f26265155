import type { HomeAssociations } from '../../linux/recipes/associations.ts';
import { mobileBindingActive, mobileBindingPending } from '../../linux/recipes/correspondent.ts';
import { contactNode } from '../../linux/recipes/member.ts';
import type { Reconciler } from '../../linux/reconciler.ts';
import type { MobileNodeOutput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ContactNames } from './contact/member-paths.ts';

type Output<Kind extends MobileNodeOutput['kind']> = Extract<MobileNodeOutput, { readonly kind: Kind }>;

export interface MobilityStateOptions {
  readonly homeAddress: Ipv6Address;
  readonly names: ContactNames;
  readonly reconciler: Pick<Reconciler, 'set' | 'clear'>;
}

/** The kernel state that a contact address' mobile node desires, as the reconciler takes it. */
export class MobilityState {
  readonly #options: MobilityStateOptions;
  #associations: HomeAssociations | undefined;

  constructor(options: MobilityStateOptions) {
    this.#options = options;
  }

  /** From the next home binding on, by these associations; undefined: by none. */
  protectHome(associations: HomeAssociations | undefined): void {
    this.#associations = associations;
  }

  bind(binding: Output<'binding'>): void {
    const { reconciler, homeAddress } = this.#options;
    const group = `binding ${binding.correspondent} of ${homeAddress}`;
    if (binding.phase === 'none') reconciler.clear(group);
    else {
      const recipe = binding.phase === 'active' ? mobileBindingActive : mobileBindingPending;
      reconciler.set(group, recipe(binding));
    }
  }

  bindHome(binding: Output<'home-binding'>): void {
    const { reconciler, homeAddress, names } = this.#options;
    const group = `home ${homeAddress}`;
    if (binding.phase === 'none') reconciler.clear(group);
    else {
      const { homeAgent, careOfAddress } = binding;
      const { homeTunnel: tunnelName, table } = names;
      const ends = { homeAddress, homeAgent, careOfAddress, tunnelName, table };
      const associations = this.#associations;
      reconciler.set(group, contactNode(associations === undefined ? ends : { ...ends, associations }));
    }
  }
}
