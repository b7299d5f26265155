import { Holder } from '../../server/successor/holder.ts';
import type { HolderInput, HolderOutput } from '../../server/successor/holder-types.ts';
import { contact, theClient } from './survival-world.ts';

const octets = Uint8Array.of(1);

/** A connection that its application has described. */
export const aCheckpoint = (port: number): HolderInput => ({
  kind: 'checkpoint',
  port,
  tcpState: octets,
  applicationState: octets,
});

/** A holder without a world, whose last number is 100; `heard` gives what it has said since that was asked last. */
export function holderAlone({ isBound = true } = {}): {
  readonly holder: Holder;
  readonly heard: () => readonly HolderOutput[];
} {
  const holder = new Holder({
    client: theClient,
    contactAddress: contact,
    lastSequence: () => 100,
    isBound: () => isBound,
    silentMs: () => 500,
  });
  const heard = (): readonly HolderOutput[] => {
    const all: HolderOutput[] = [];
    for (let output = holder.poll(); output !== undefined; output = holder.poll()) all.push(output);
    return all;
  };
  return { holder, heard };
}

/** All but what is told to applications. */
export const exceptProtection = (said: readonly HolderOutput[]): readonly HolderOutput[] =>
  said.filter(({ kind }) => kind !== 'protection');
