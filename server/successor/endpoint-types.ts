import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AdmissionPlan } from '../admission/handoff-admission.ts';
import type { AnswerOfClient } from '../bindings/client-bindings.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import type { SurvivalFrame } from './frames.ts';
import type { Checkpoint, HolderOutput, Protection } from './holder-types.ts';
import type { GatedSegment } from './input-gate.ts';
import type { StrangersInput, StrangersOutput } from './strangers.ts';
import type { ReplicaState, SuccessorInput, SuccessorOutput } from './successor-types.ts';

/** `State`: what a socket is re-created from. */
export interface SurvivalPlan<State extends ReplicaState> extends AdmissionPlan {
  /** ms between two signs of life to a backup */
  readonly beatMs: number;
  /** ms of a holder's silence behind which its clients are taken over */
  silentMs(holder: Ipv6Address): number;
  /** See HolderPlan. */
  lastSequence(client: Ipv6Address): number;
  /** See HolderPlan. */
  isBound(client: Ipv6Address): boolean;
  /** Throws ProtocolError or DecodeError for a state that no socket can have. */
  decode(tcpState: Uint8Array): State;
}

export type SurvivalInput =
  | { readonly kind: 'checkpoint'; readonly client: Ipv6Address; readonly checkpoint: Checkpoint }
  /** of a connection whose input is gated; answered by one `verdict` on it */
  | {
      readonly kind: 'segment';
      readonly client: Ipv6Address;
      readonly port: number;
      readonly segment: GatedSegment;
    }
  | { readonly kind: 'ended'; readonly client: Ipv6Address; readonly port: number }
  | { readonly kind: 'chosen'; readonly client: Ipv6Address; readonly backup: Ipv6Address | undefined }
  | {
      readonly kind: 'leaving' | 'staying' | 'not-mobile' | 'answers-probe';
      readonly client: Ipv6Address;
    }
  /** it is to be handed off, if that is possible: `whyStays` says so */
  | { readonly kind: 'may-leave'; readonly client: Ipv6Address }
  | {
      readonly kind: 'of-replica';
      readonly client: Ipv6Address;
      readonly input: Extract<
        SuccessorInput<never>,
        { readonly kind: 'standing' | 'served-here' | 'client-gone' | 'received' }
      >;
    }
  | Extract<StrangersInput, { readonly kind: 'heard' }>
  | { readonly kind: 'frame'; readonly from: Ipv6Address; readonly frame: SurvivalFrame }
  /** this frame has not left: there is no channel for it */
  | { readonly kind: 'unsent'; readonly to: Ipv6Address }
  | { readonly kind: 'peer'; readonly peer: Ipv6Address; readonly change: PeerChange }
  | { readonly kind: 'answer'; readonly answer: AnswerOfClient }
  /** keep no replicas from now on; clients that are being taken over come still */
  | { readonly kind: 'refuse'; readonly reason: string };

export type SurvivalOutput<State> =
  | { readonly kind: 'send'; readonly to: Ipv6Address; readonly frame: SurvivalFrame }
  /** the first number for this client is fixed now, and every further one gives way to another member's */
  | { readonly kind: 'defend'; readonly client: Ipv6Address }
  | { readonly kind: 'choose'; readonly client: Ipv6Address; readonly except: readonly Ipv6Address[] }
  /** `regain`: if it has connections here still, bind it again under this number and no other */
  | {
      readonly kind: 'contest' | 'burn' | 'reclaim' | 'regain';
      readonly client: Ipv6Address;
      readonly sequence: number;
    }
  /** See HolderOutput. */
  | { readonly kind: 'disputed' | 'decided'; readonly client: Ipv6Address }
  | { readonly kind: 'probe'; readonly client: Ipv6Address; readonly port: number; readonly state: State }
  | { readonly kind: 'stop'; readonly client: Ipv6Address; readonly reason: string }
  | {
      readonly kind: 'protection';
      readonly client: Ipv6Address;
      readonly port: number;
      readonly protection: Protection;
    }
  | Extract<HolderOutput, { readonly kind: 'verdict' }>
  | StrangersOutput
  /** what no member of good faith sends, or so much */
  | {
      readonly kind: 'discarded';
      readonly from: Ipv6Address;
      readonly client: Ipv6Address;
      readonly reason: string;
    }
  /** a client's first replica is here, or its last is gone */
  | { readonly kind: 'kept' | 'dropped'; readonly client: Ipv6Address; readonly holder: Ipv6Address }
  | {
      readonly kind: 'of-replica';
      readonly client: Ipv6Address;
      readonly holder: Ipv6Address;
      readonly output: Exclude<SuccessorOutput<State>, { readonly kind: 'acknowledge' | 'refuse' }>;
    };
