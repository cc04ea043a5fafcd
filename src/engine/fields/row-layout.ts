import type { LogSource } from './event.ts';

/** A value of a JSON line that is no object: the names that lead to it, and how it is written. */
export interface Member {
  readonly path: readonly string[];
  /** `bare`: a number, true or false. A member that is null is as good as not there. */
  readonly kind: 'text' | 'bare' | 'list';
}

/** The line being looked at. */
export interface MemberReader {
  /** Text of a member: of a text what it says, of anything else as it is written. */
  text(member: number): string;
  isEmpty(member: number): boolean;
  /** Whether these bytes stand in the member as it is written. */
  holds(member: number, bytes: Uint8Array): boolean;
}

/** A field whose value is the text of a member, or the same for all events of its kind. */
export type FieldFrom =
  /** `decimal`: a hexadecimal number becomes a decimal one, see `decimal()`; such a field is never empty. */
  | { readonly name: string; readonly member: number; readonly decimal?: true }
  | { readonly name: string; readonly value: string };

/** Events that become fields in the same way. */
export interface EventKind {
  readonly logsource: LogSource;
  /** In the order in which `parse` gives them. Facts that are empty make it another kind. */
  readonly fields: readonly FieldFrom[];
  /** Which member is the rendered message; -1 = none. */
  readonly message: number;
}

/** Lines with the same members in the same order. */
export interface LineShape {
  /** The kind of the line, the same object for the same kind; undefined: a line for the usual way. */
  kindOf(reader: MemberReader): EventKind | undefined;
  /** Milliseconds since 1970. @param zone IANA zone of times that name none */
  timeOf(reader: MemberReader, zone: string): number | undefined;
}

/**
 * What the source's `parse` makes of JSON lines, told by the members that a line has: so that a row can be written from the
 * bytes of its line. Each kind is compared with what `parse` gives before it is used; a test compares all recordings.
 */
export interface RowLayout {
  /** undefined: lines of this shape go the usual way. */
  shapeOf(members: readonly Member[]): LineShape | undefined;
}
