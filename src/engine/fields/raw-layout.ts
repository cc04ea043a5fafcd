import type { LogSource } from '#engine/fields/event.ts';

/** Marks a value that cannot be told from the members of interest alone. */
export const UNSURE = Symbol('unsure');

/** A member of the line's JSON: its name and the number of the object it stands in (0 = the outermost). */
export interface Place {
  readonly parent: number;
  readonly name: string;
}

/** The members of interest of the line being looked at. */
export interface RawReader {
  /** True when the member is there, whatever its value. */
  has(place: Place): boolean;
  /** True when the member is an object that is one of the layout's parents. */
  isObject(place: Place): boolean;
  /**
   * Text of a member: of a text, a whole number, true or false. undefined when it is missing or null.
   * UNSURE for anything else: a list, an object, a fraction.
   */
  text(place: Place): string | undefined | typeof UNSURE;
}

/** Where a field's value comes from: a member, or worked out from members. */
export type Origin =
  | { readonly from: 'member'; readonly place: Place /** An empty text counts as missing. */; readonly filled: boolean }
  | { readonly from: 'rule'; readonly value: (reader: RawReader) => string | undefined | typeof UNSURE };

/** A kind of event as a layout tells it apart: all of them have their fields in the same places. */
export interface RawKind {
  readonly logsource: LogSource;
  readonly eventCode: string;
  /** Kinds of one family and log source have the same origins, places and body. */
  readonly family: string;
  /** The object whose members become fields: an unknown object in it makes the line one for the usual way. */
  readonly body: number;
  /** When one of these is there the line is one for the usual way. */
  readonly refused: readonly Place[];
  /** Where the value of a name is found; the first that is there counts. Empty: events of this kind never have it. */
  origins(name: string): readonly Origin[];
  /** True when this text can come to stand in a field although it does not stand in the line. */
  invents(text: string): boolean;
}

/**
 * How the events of a source lie in the bytes of a JSON line. Says exactly what the source's `parse` makes of a line, or
 * that it does not know: a test compares the two over recordings and generated lines.
 */
export interface RawLayout {
  /** Objects that may hold members of interest: `parents[n]` has number n; 0 is the outermost. */
  readonly parents: readonly Place[];
  /** Members whose presence or text decides the kind, or from which fields of other names are made. */
  readonly heads: readonly Place[];
  /** Members below which nothing is ever a field. */
  readonly ignored: readonly Place[];
  /** Places in which a field's name may stand, whatever the kind. */
  places(name: string): readonly Place[];
  /** Kinds that most installations have and many rules are about: what is needed for them is made ready before the first one comes. */
  usual(): readonly RawKind[];
  /** The kind of the line, the same object for the same kind; undefined: a line for the usual way. */
  kindOf(reader: RawReader): RawKind | undefined;
}
