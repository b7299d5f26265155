/** One message: sent at `t`, received at `arrives`, both in ms; without `arrives` it was lost. */
export interface SequenceMessage {
  readonly t: number;
  readonly arrives?: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** messages of one group have one colour: `data`, `signalling` … */
  readonly group?: string;
}

/** What happens at one place: a socket frozen, a binding changed. */
export interface SequenceNote {
  readonly t: number;
  readonly at: string;
  readonly label: string;
}

export interface Sequence {
  readonly title: string;
  readonly subtitle?: string;
  /** in smaller letters below the subtitle */
  readonly remark?: string;
  /** from left to right */
  readonly lifelines: readonly string[];
  /** what a node is, by its name: written below it */
  readonly roles?: Readonly<Record<string, string>>;
  readonly messages: readonly SequenceMessage[];
  readonly notes?: readonly SequenceNote[];
  /** durations at a node, drawn to the left of its line */
  readonly spans?: readonly SequenceSpan[];
  /** what waits at a node before it is sent, drawn to the right of its line, those that overlap beside each other */
  readonly waits?: readonly SequenceSpan[];
  /** the groups in the order of their colours; default: as they appear */
  readonly groups?: readonly string[];
}

/** What takes from `from` to `to`, both in ms. */
export interface SequenceSpan {
  readonly at: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}
