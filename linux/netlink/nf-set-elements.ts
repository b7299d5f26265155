import { attribute, textAttribute } from './attributes.ts';
import { CREATE, type NetlinkRequest } from './message.ts';
import { be32, list, message, transaction, value } from './nf-tables.ts';

/** Messages and attributes (`linux/netfilter/nf_tables.h`). */
const NEW_ELEMENT = 12;
const DELETE_ELEMENT = 14;
const ELEMENTS = { table: 1, set: 2, list: 3, setId: 4 } as const;
/** a set that there is already */
const BY_NAME = 1;
const KEY = 1;
const NESTED = 0x8000;
const LIST_ELEMENT = 1;

/** The messages that put a key into a table's set, or take it out; an absent one that is taken out is refused, one that is there already is not put in twice. */
export function changeSet(
  change: 'add' | 'remove',
  table: string,
  set: string,
  key: Uint8Array,
): readonly NetlinkRequest[] {
  const [type, flags] = change === 'add' ? [NEW_ELEMENT, CREATE] : [DELETE_ELEMENT, 0];
  const element = attribute(LIST_ELEMENT | NESTED, value(KEY, key));
  const place = [
    ...[textAttribute(ELEMENTS.table, table), textAttribute(ELEMENTS.set, set)],
    // As nft(8) says it; the kernel goes by the name.
    ...(change === 'add' ? [be32(ELEMENTS.setId, BY_NAME)] : []),
  ];
  return transaction([message(type!, flags!, [...place, list(ELEMENTS.list, element)])]);
}
