/** One message as a sender handed it over, before anything is known about what it means. */
export interface RawLine {
  /** Deterministic: `<segment>-<index>`. A retry of the same stored batch gives the same id. */
  readonly id: string;
  /** One log record, without the newline or the octet count that framed it. */
  readonly text: string;
  /** How its bytes became text, as `receivedLine` says it; absent for what came as text. */
  readonly encoding?: string;
  readonly receivedAtMs: number;
  /** Whose event it is, from the configuration of the listener or token that took it: `/450000/450100/…/`. */
  readonly unitPath: string;
  /** Id of a folder of `content/sources` when the configuration names one; '' leaves the choice to the content. */
  readonly sourceHint: string;
  /** Address or name of the peer that sent it; '' when imported from a file. */
  readonly sender: string;
}
