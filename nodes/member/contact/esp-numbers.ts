import { KernelObjects } from '../../../linux/objects/objects.ts';
import type { ReplayCounters } from '../../../linux/objects/types.ts';
import type { HomeAssociations } from '../../../linux/recipes/associations.ts';
import type { InboundNumbers } from '../../../server/contact/group-frames.ts';
import type { StartingNumbers } from '../../../server/contact/group-types.ts';

/** The associations with their counters where a term begins (see server/contact/epochs.ts). */
export function startingAt(
  { bindingUpdates, bindingAcknowledgements, tunnelOut, tunnelIn }: HomeAssociations,
  { outbound, inbound }: Pick<StartingNumbers, 'outbound' | 'inbound'>,
): HomeAssociations {
  const sent = { outbound, inbound: 0 };
  return {
    bindingUpdates: { ...bindingUpdates, replay: sent },
    tunnelOut: { ...tunnelOut, replay: sent },
    bindingAcknowledgements: {
      ...bindingAcknowledgements,
      replay: { outbound: 0, inbound: inbound.bindingAcknowledgements },
    },
    tunnelIn: { ...tunnelIn, replay: { outbound: 0, inbound: inbound.tunnelIn } },
  };
}

interface Numbers {
  /** the higher one of both associations that go out */
  readonly outbound: number;
  readonly inbound: InboundNumbers;
}

/** Looks how far the kernel has counted on a contact node's associations. */
export class EspNumbers {
  readonly #kernel = new KernelObjects();

  close(): void {
    this.#kernel.close();
  }

  /** 0 where an association is not installed. */
  read(associations: HomeAssociations): Numbers {
    const states = new Map<number, ReplayCounters>();
    for (const state of this.#kernel.list('esp-state'))
      if (state.kind === 'esp-state') states.set(state.spi, this.#kernel.replayCounters(state));
    const sent = ({ spi }: { spi: number }): number => states.get(spi)?.outbound ?? 0;
    const received = ({ spi }: { spi: number }): number => states.get(spi)?.inbound ?? 0;
    return {
      outbound: Math.max(sent(associations.bindingUpdates), sent(associations.tunnelOut)),
      inbound: {
        bindingAcknowledgements: received(associations.bindingAcknowledgements),
        tunnelIn: received(associations.tunnelIn),
      },
    };
  }
}
