import type { Experiment, GridBlock } from './experiment.ts';
import { faultClaims } from './faults/fault-claims.ts';
import { faultKinds, firstKill, mostSignals, signalling } from './faults/signalling.ts';
import { handoffParameters } from './handoff.ts';
import { outcomeMeasures } from './handoff-measures.ts';
import { saidBy } from './said-by.ts';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const places = upTo(mostSignals).map((index) => index + 1);
/** What ends no process: all places in one lab, a session each. */
const together: GridBlock = { kind: upTo(firstKill), place: [0] };
/** A lab for each. */
const kills: GridBlock = { kind: [firstKill, firstKill + 1], place: places };
const all = { grid: [together, kills], repetitions: mostSignals };

/** Every single fault of every handoff, by name; `bin/handoff-lab faults` runs it, `run all` does not. */
const faults: Experiment = {
  id: 'faults',
  title: 'Every single fault of a handoff',
  source: 'docs/atlas.md',
  question:
    'What becomes of a client when one packet of its handoff is lost, doubled or delayed, or an end is cut off or killed behind it?',
  topology: 'fig9',
  parameters: {
    ...handoffParameters,
    kind: {
      description: `what goes wrong: ${faultKinds.map((kind, index) => `${index} ${kind}`).join(', ')}`,
      default: 0,
      min: 0,
      max: faultKinds.length - 1,
      integer: true,
    },
    place: {
      description:
        'of the packet among the variant’s signalling, from 1; 0: each repetition has the next one',
      default: 0,
      min: 0,
      max: 40,
      integer: true,
    },
    secondKind: {
      description: 'what goes wrong besides, as `kind`',
      default: 0,
      min: 0,
      max: faultKinds.length - 1,
      integer: true,
    },
    secondPlace: {
      description: 'of the second fault’s packet; 0: there is none',
      default: 0,
      min: 0,
      max: 40,
      integer: true,
    },
  },
  profiles: {
    smoke: { grid: [{ kind: [0], place: [0] }], repetitions: mostSignals },
    quick: all,
    paper: all,
  },
  variants: Object.keys(signalling),
  procedure: 'faulty-handoff',
  measures: outcomeMeasures('fault'),
  claims: saidBy('ours', '§6.4', faultClaims),
  plots: [],
};

export default faults;
