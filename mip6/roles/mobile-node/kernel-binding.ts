import type { Ipv6Address } from '../../wire/address.ts';
import type { MobileNodeContext } from './mobile-node-context.ts';
import type { MobileNodeBinding } from './mobile-node-types.ts';

/** The kernel state that was last asked for towards one correspondent; puts out changes only. */
export class KernelBinding {
  readonly #context: MobileNodeContext;
  readonly #correspondent: Ipv6Address;
  #phase: MobileNodeBinding['phase'] = 'none';
  #careOfAddress: Ipv6Address | undefined;

  constructor(context: MobileNodeContext, correspondent: Ipv6Address) {
    this.#context = context;
    this.#correspondent = correspondent;
  }

  /** Home Address option on Binding Updates from this care-of address; an active binding of the same one stays active. */
  prepare(careOfAddress: Ipv6Address): void {
    if (this.#phase === 'active' && this.#careOfAddress === careOfAddress) return;
    this.#put('pending', careOfAddress);
  }

  /** The same, and an active binding ends: traffic goes through the home agent again. */
  demote(careOfAddress: Ipv6Address): void {
    this.#put('pending', careOfAddress);
  }

  activate(careOfAddress: Ipv6Address): void {
    this.#put('active', careOfAddress);
  }

  clear(): void {
    if (this.#careOfAddress !== undefined) this.#put('none', this.#careOfAddress);
    this.#careOfAddress = undefined;
  }

  #put(phase: MobileNodeBinding['phase'], careOfAddress: Ipv6Address): void {
    if (phase === this.#phase && careOfAddress === this.#careOfAddress) return;
    this.#phase = phase;
    this.#careOfAddress = careOfAddress;
    const { homeAddress, outbox } = this.#context;
    outbox.push({ kind: 'binding', phase, correspondent: this.#correspondent, homeAddress, careOfAddress });
  }
}
