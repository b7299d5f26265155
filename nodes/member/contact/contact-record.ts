import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What a member of a trust group must know after a restart. */
export interface ContactRecord {
  /** the last term that it entered */
  readonly epoch: number;
  /** of the associations that it installed: a killed member leaves them behind */
  readonly securityParameterIndices: readonly number[];
}

/**
 * The record's place in stable storage: beside the file given as `--state`, whose name it has with `.contact` behind it, and of a
 * further contact address its number: `.contact1`. Without one nothing is kept, and a member whose whole group has been restarted depends on new keys.
 */
export class ContactRecordFile {
  readonly #path: string | undefined;

  /** `index`: of the contact address, from 0. */
  constructor(statePath: string | undefined, index = 0) {
    this.#path = statePath === undefined ? undefined : `${statePath}.contact${index === 0 ? '' : index}`;
  }

  /** Undefined when there is none, or none that can be read. */
  read(): ContactRecord | undefined {
    if (this.#path === undefined) return undefined;
    try {
      return checked(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return undefined;
    }
  }

  /** Replaces the record at one blow: a member that dies meanwhile has the old one or the new one. */
  write(record: ContactRecord): void {
    if (this.#path === undefined) return;
    const next = `${this.#path}.next`;
    writeFileSync(next, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    renameSync(next, this.#path);
  }
}

function checked(value: unknown): ContactRecord | undefined {
  const { epoch, securityParameterIndices } = value as Partial<ContactRecord>;
  if (!Number.isSafeInteger(epoch) || !Array.isArray(securityParameterIndices)) return undefined;
  return { epoch: Number(epoch), securityParameterIndices: securityParameterIndices.map(Number) };
}
