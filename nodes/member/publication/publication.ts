import { type Ipv6Address, ipv6 } from '../../../mip6/wire/address.ts';
import type { KeyRing } from '../../../server/channel/channel-keys.ts';
import type { Epoch } from '../../../server/contact/epochs.ts';
import {
  ContactPublication,
  type ContactPublicationInput,
  type ContactPublicationOutput,
  type RetirementOutcome,
} from '../../../server/publication/contact-publication.ts';
import { isZoneFrame } from '../../../server/publication/zone-frames.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import { MemberChannel } from '../channel.ts';
import { KeyedChannel } from '../channel-security.ts';
import { keyRing } from '../written-keys.ts';
import type { PublicationSettings } from './publication-config.ts';

const defaultWithdrawMs = 10_000;

interface PublicationOptions {
  readonly settings: PublicationSettings;
  readonly careOfAddress: Ipv6Address;
  readonly channelTimeoutMs: number;
  readonly channelKeyLog: string | undefined;
  readonly log: EventWriter;
}

interface Entry {
  readonly driver: RoleDriver<ContactPublicationInput, ContactPublicationOutput>;
  onRetired: (outcome: RetirementOutcome) => void;
}

/** A member's word to the name server: which contact addresses it serves, and which of them shall be forgotten. */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #nameServer: Ipv6Address;
  readonly #channel: MemberChannel;
  readonly #security: KeyedChannel;
  readonly #entries = new Map<Ipv6Address, Entry>();

  constructor(options: PublicationOptions) {
    const { settings, careOfAddress, channelTimeoutMs: timeoutMs, channelKeyLog, log } = options;
    this.#options = options;
    this.#nameServer = ipv6(settings.nameServer);
    this.#security = new KeyedChannel({
      keys: keyRing(settings) ?? { group: [], trust: [] },
      self: careOfAddress,
      ...(channelKeyLog === undefined ? {} : { keyLogPath: channelKeyLog }),
    });
    this.#channel = new MemberChannel({
      careOfAddress,
      port: settings.port,
      peers: [this.#nameServer],
      security: this.#security,
      onFrame: (_, frame) => {
        if (isZoneFrame(frame))
          this.#entries.get(frame.contactAddress)?.driver.handle({ kind: 'frame', frame });
      },
      onPeer: (_, change) => {
        log.write(`name-server-${change}`);
        if (change === 'up' || change === 'restored')
          for (const { driver } of this.#entries.values()) driver.handle({ kind: 'connected' });
      },
      timeoutMs,
      onRefused: (address, reason) => log.write('channel-refused', { address, reason }),
      onFault: (peer, reason) => log.write('channel-fault', { peer, reason }),
    });
  }

  /** Contact addresses that this member has created end with its leaving. */
  get retires(): boolean {
    return this.#options.settings.onLeave === 'retire';
  }

  /** The address is registered for this member; once more in the same term is no news. */
  serving(contactAddress: Ipv6Address, epoch: Epoch): void {
    this.#entry(contactAddress).driver.handle({ kind: 'serving', epoch });
  }

  /** Another member holds the address. */
  released(contactAddress: Ipv6Address): void {
    this.#entries.get(contactAddress)?.driver.handle({ kind: 'released' });
  }

  /**
   * Has the address forgotten. Resolves when no resolver knows it any more: `expired`; or when it stays, for the reason given. It has to
   * be served all the while.
   */
  withdraw(contactAddress: Ipv6Address): Promise<RetirementOutcome> {
    const entry = this.#entry(contactAddress);
    return new Promise((resolve) => {
      entry.onRetired = resolve;
      entry.driver.handle({ kind: 'retire' });
    });
  }

  /** The keys shared with the agent are these from now on. */
  renew(keys: KeyRing): void {
    this.#security.renew(keys);
  }

  /** See MemberChannel. */
  rekeyed(): void {
    this.#channel.rekeyed();
  }

  close(): void {
    for (const { driver } of this.#entries.values()) driver.stop();
    this.#channel.close();
  }

  #entry(contactAddress: Ipv6Address): Entry {
    const known = this.#entries.get(contactAddress);
    if (known !== undefined) return known;
    const { withdrawMs = defaultWithdrawMs } = this.#options.settings;
    const role = new ContactPublication({ contactAddress, withdrawMs });
    const driver = new RoleDriver(role, (output) => this.#act(contactAddress, output));
    const entry: Entry = { driver, onRetired: () => undefined };
    this.#entries.set(contactAddress, entry);
    return entry;
  }

  #act(contactAddress: Ipv6Address, output: ContactPublicationOutput): void {
    const { log } = this.#options;
    switch (output.kind) {
      case 'send':
        this.#channel.send(this.#nameServer, output.frame);
        return;
      case 'published':
        log.write('address-published', { address: contactAddress, serial: output.serial });
        return;
      case 'refused':
        log.write('address-refused', { address: contactAddress });
        return;
      case 'withdrawn': {
        const { serial, remainingMs } = output;
        log.write('address-withdrawn', { address: contactAddress, serial, remainingMs });
        return;
      }
      case 'retired':
        log.write('address-retired', { address: contactAddress, outcome: output.outcome });
        this.#entries.get(contactAddress)?.onRetired(output.outcome);
        return;
      default:
        output satisfies never;
    }
  }
}
