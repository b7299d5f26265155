import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { realtimeNs } from '../../linux/clock.ts';
import type { PrimaryBinding } from '../../mip6/roles/home-agent/home-agent-types.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

/** A binding as the file has it: `expiresMs` is of the clock on the wall, for the instants of a process end with it. */
type Stored = Omit<PrimaryBinding, 'expiresAt'> & { readonly expiresMs: number };

/**
 * A home agent's bindings in stable storage: beside the file given as `--state`, whose name it has with `.bindings` behind it. Without one
 * nothing is kept, and after a restart contact addresses are reached again only when their registrations are refreshed.
 */
export class BindingRecordFile {
  readonly #path: string | undefined;
  readonly #wallMs: () => number;

  constructor(statePath: string | undefined, wallMs: () => number = () => Number(realtimeNs()) / 1e6) {
    this.#path = statePath === undefined ? undefined : `${statePath}.bindings`;
    this.#wallMs = wallMs;
  }

  /** What can be read; a file that is not there, or not such, counts for nothing. */
  read(now: Instant): readonly PrimaryBinding[] {
    if (this.#path === undefined) return [];
    const offset = now - this.#wallMs();
    try {
      return (JSON.parse(readFileSync(this.#path, 'utf8')) as readonly Stored[]).flatMap((stored) =>
        restored(stored, offset),
      );
    } catch {
      return [];
    }
  }

  /** Replaces the file at one blow: a home agent that dies meanwhile has the old bindings or the new ones. */
  write(bindings: readonly PrimaryBinding[], now: Instant): void {
    if (this.#path === undefined) return;
    const offset = this.#wallMs() - now;
    const stored = bindings.map(
      ({ expiresAt, ...rest }): Stored => ({ ...rest, expiresMs: expiresAt + offset }),
    );
    const next = `${this.#path}.next`;
    writeFileSync(next, `${JSON.stringify(stored)}\n`, { mode: 0o600, flush: true });
    renameSync(next, this.#path);
  }
}

/** None for what is no binding. */
function restored(
  { homeAddress, careOfAddress, sequence, expiresMs }: Stored,
  offset: number,
): readonly PrimaryBinding[] {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > 0xffff || !Number.isFinite(expiresMs))
    return [];
  const addresses = { homeAddress: ipv6(homeAddress), careOfAddress: ipv6(careOfAddress) };
  return [{ ...addresses, sequence, expiresAt: expiresMs + offset }];
}
