import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { BindingAnswer } from '../bindings/client-bindings.ts';
import type { GatedInput, GatedSegment } from './input-gate.ts';
import type { InputPiece } from './input-log.ts';

/** One client as its holder sees it. */
export interface HolderPlan {
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** Of this member's last Binding Update to the client, or the one that will be its first. */
  lastSequence(): number;
  /** The client has acknowledged a Binding Update of this member's, and its binding has not ended. */
  isBound(): boolean;
  /** ms that a backup may take to acknowledge what a client has sent, before it is taken for out of reach */
  silentMs(backup: Ipv6Address): number;
}

/** A connection as its application has described it. */
export interface Checkpoint {
  readonly port: number;
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
  /** nothing that the client sends behind it is acknowledged before the backup has it; absent: its input is not protected */
  readonly gated?: GatedInput;
}

/** Whether a connection outlives this member, and why it does not. */
export type Protection =
  | { readonly kind: 'protected' }
  /** not yet, and soon perhaps */
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'unprotected'; readonly reason: string };

export type HolderInput =
  | ({ readonly kind: 'checkpoint' } & Checkpoint)
  /** of a connection whose input is gated; answered by one `verdict` on it */
  | { readonly kind: 'segment'; readonly port: number; readonly segment: GatedSegment }
  /** the connection has ended */
  | { readonly kind: 'ended'; readonly port: number }
  /** answer to `choose`; undefined: no member keeps replicas */
  | { readonly kind: 'chosen'; readonly backup: Ipv6Address | undefined }
  | { readonly kind: 'acknowledged'; readonly number: number }
  /** the backup does not keep the client */
  | { readonly kind: 'refused-by-backup'; readonly reason: string }
  /** the channel to the backup is lost, or a frame to it has not left; its process may go on */
  | { readonly kind: 'backup-lost' }
  /** its process is known to have ended */
  | { readonly kind: 'backup-gone' }
  /** a member has come, or is back */
  | { readonly kind: 'member-in-reach' }
  /** the client is about to be frozen for another member: from now on no backup may have it */
  | { readonly kind: 'leaving' }
  /** it stays */
  | { readonly kind: 'staying' }
  /** the client has no Mobile IPv6: nobody can take it over without the contact node */
  | { readonly kind: 'not-mobile' }
  /** the client has answered a probe of this member's */
  | { readonly kind: 'answers-probe' }
  | BindingAnswer;

export type HolderOutput =
  /** name a backup, none of `except` */
  | { readonly kind: 'choose'; readonly except: readonly Ipv6Address[] }
  | {
      readonly kind: 'send-replica';
      readonly to: Ipv6Address;
      readonly number: number;
      readonly takeover: number;
      readonly checkpoint: Checkpoint;
    }
  | {
      readonly kind: 'send-sequence';
      readonly to: Ipv6Address;
      readonly number: number;
      readonly takeover: number;
    }
  | {
      readonly kind: 'send-input';
      readonly to: Ipv6Address;
      readonly number: number;
      readonly port: number;
      readonly piece: InputPiece;
    }
  /** the kernel may take a segment, or is to forget it */
  | { readonly kind: 'verdict'; readonly id: number; readonly passes: boolean }
  | { readonly kind: 'send-drop'; readonly to: Ipv6Address; readonly port: number; readonly reason: string }
  /** bind the client again under this number and no other, unless its backup has: answered by BindingAnswer */
  | { readonly kind: 'contest'; readonly sequence: number }
  /** whose the client is, is not known: until `decided` nothing binds it, and probes ask it */
  | { readonly kind: 'disputed' | 'decided' }
  /** ask the client, by a segment that it answers only to the member that it is bound to; answered by `answers-probe` */
  | { readonly kind: 'probe'; readonly checkpoint: Checkpoint }
  /** bind the client once more, from this number on: it is this member's */
  | { readonly kind: 'reclaim'; readonly sequence: number }
  /** use no number up to this one any more */
  | { readonly kind: 'burn'; readonly sequence: number }
  /** the client is another member's: its connections here end without a packet */
  | { readonly kind: 'stop'; readonly reason: string }
  /** of a connection; told when it changes */
  | { readonly kind: 'protection'; readonly port: number; readonly protection: Protection }
  /** nothing of the client is left here to protect; who may take it over all the same, not knowing that */
  | { readonly kind: 'over'; readonly keptBy?: KeptBy };

/** A backup, and the number of its Binding Update. */
export interface KeptBy {
  readonly backup: Ipv6Address;
  readonly takeover: number;
}
