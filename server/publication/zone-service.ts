import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { type Ipv6Address, type Ipv6Prefix, inPrefix } from '../../mip6/wire/address.ts';
import { type Epoch, LAST_EPOCH } from '../contact/epochs.ts';
import {
  AddressPublication,
  type PublicationOutput,
  type PublicationPlan,
  type PublishedZone,
} from './address-publication.ts';
import type { ZoneFrame, ZoneOutcome } from './zone-frames.ts';

interface ZonePlan extends PublicationPlan {
  /** care-of addresses of the members that may change the zone: those that may be contact nodes (paper §7.1) */
  readonly trusted: readonly Ipv6Address[];
  /** where the addresses lie that may be in the zone; a member decides about the server's addresses, not about all others' */
  readonly publishable: readonly Ipv6Prefix[];
}

export type ZoneInput =
  | { readonly kind: 'frame'; readonly from: Ipv6Address; readonly frame: ZoneFrame }
  /** see PublicationInput */
  | { readonly kind: 'serves'; readonly serial: number };

export type ZoneOutput =
  | Extract<PublicationOutput, { kind: 'update' }>
  | { readonly kind: 'send'; readonly to: Ipv6Address; readonly frame: ZoneFrame }
  | {
      readonly kind: 'refused';
      readonly from: Ipv6Address;
      readonly contactAddress: Ipv6Address;
      readonly reason: ZoneRefusal;
    };

type ZoneRefusal = 'untrusted' | 'not-publishable' | 'no-epoch' | 'earlier-epoch' | 'too-many';

/** Contact addresses of one server in its zone, whether they still are or were. */
const MOST_ADDRESSES = 256;

/** The zone without addresses that may not be in it; the same one where there are none. */
export function publishableZone(zone: PublishedZone, publishable: readonly Ipv6Prefix[]): PublishedZone {
  const addresses = zone.addresses.filter((address) => mayPublish(publishable, address));
  return addresses.length === zone.addresses.length ? zone : { serial: zone.serial + 1, addresses };
}

function mayPublish(publishable: readonly Ipv6Prefix[], address: Ipv6Address): boolean {
  return publishable.some((prefix) => inPrefix(address, prefix));
}

/** Who speaks for a contact address. */
interface Speaker {
  readonly member: Ipv6Address;
  readonly epoch: Epoch;
}

/**
 * The name server's side of publication: each contact node speaks for its own address, and the zone is put together here. So the
 * records outlive every member, and their serial has one source. Of a contact address' contact nodes the one with the latest epoch
 * is heard: one that was cut off cannot withdraw what its successor serves.
 */
export class ZoneService implements Role<ZoneInput, ZoneOutput> {
  readonly #trusted: readonly Ipv6Address[];
  readonly #publishable: readonly Ipv6Prefix[];
  readonly #publication: AddressPublication;
  readonly #speakers = new Map<Ipv6Address, Speaker>();
  readonly #outputs: ZoneOutput[] = [];

  /** `zone`: what the name server starts with. Throws ProtocolError as AddressPublication does. */
  constructor({ trusted, publishable, ...plan }: ZonePlan, zone: PublishedZone) {
    this.#trusted = trusted;
    this.#publishable = publishable;
    this.#publication = new AddressPublication(plan, zone);
  }

  handle(input: ZoneInput, now: Instant): void {
    if (input.kind === 'serves') this.#publication.handle(input, now);
    else this.#handleFrame(input.from, input.frame, now);
    this.#drain(now);
  }

  poll(): ZoneOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#publication.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#publication.handleTimeout(now);
    this.#drain(now);
  }

  #handleFrame(from: Ipv6Address, frame: ZoneFrame, now: Instant): void {
    if (frame.kind !== 'zone-publish' && frame.kind !== 'zone-withdraw') return;
    const { contactAddress: address, epoch } = frame;
    const reason = this.#refusal(from, address, epoch);
    if (reason !== undefined) {
      this.#outputs.push({ kind: 'refused', from, contactAddress: address, reason });
      this.#tell({ member: from, epoch }, address, 'refused');
      return;
    }
    this.#speakers.set(address, { member: from, epoch });
    this.#publication.handle({ kind: frame.kind === 'zone-publish' ? 'publish' : 'withdraw', address }, now);
  }

  #refusal(from: Ipv6Address, address: Ipv6Address, epoch: Epoch): ZoneRefusal | undefined {
    if (!this.#trusted.includes(from)) return 'untrusted';
    if (!mayPublish(this.#publishable, address)) return 'not-publishable';
    if (epoch > LAST_EPOCH) return 'no-epoch';
    if (!this.#speakers.has(address) && this.#speakers.size >= MOST_ADDRESSES) return 'too-many';
    return epoch < (this.#speakers.get(address)?.epoch ?? 0) ? 'earlier-epoch' : undefined;
  }

  #drain(now: Instant): void {
    for (let output = this.#publication.poll(); output !== undefined; output = this.#publication.poll()) {
      if (output.kind === 'update') {
        this.#outputs.push(output);
        continue;
      }
      const speaker = this.#speakers.get(output.address);
      const remainingMs = output.kind === 'withdrawn' ? Math.max(0, Math.ceil(output.until - now)) : 0;
      if (speaker !== undefined) this.#tell(speaker, output.address, output.kind, remainingMs);
    }
  }

  #tell({ member: to, epoch }: Speaker, contactAddress: Ipv6Address, outcome: ZoneOutcome, remainingMs = 0) {
    const serial = this.#publication.served;
    const frame = { kind: 'zone-state', contactAddress, epoch, outcome, serial, remainingMs } as const;
    this.#outputs.push({ kind: 'send', to, frame });
  }
}
