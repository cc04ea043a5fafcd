/**
 * A small assembler of WebAssembly (core specification 2.0, binary format), so that the kernel's source can be read, checked
 * by types and changed like any other file here. Only what the kernel needs: one memory, i32 arithmetic, 16-byte vectors.
 */

interface Scope {
  /** Index of a local variable; a new name becomes a new i32 variable. */
  local(name: string): number;
  functionIndex(name: string): number;
  /** Labels of the blocks around, outermost first. */
  readonly labels: readonly string[];
}

/** A piece of code; written out when the function around it is. */
export type Code = (scope: Scope) => number[];

const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const more = rest > 0x7f;
    bytes.push((rest & 0x7f) | (more ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
};

const signed = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
};

const vector = (parts: readonly (readonly number[])[]): number[] => [...unsigned(parts.length), ...parts.flat()];
const name = (text: string): number[] => vector([...text].map((letter) => [letter.charCodeAt(0)]));

/** A value: a number, the name of a variable, or code that leaves one. */
export type Value = number | string | Code;

const code = (value: Value): Code => {
  if (typeof value === 'number') return () => [0x41, ...signed(value)];
  if (typeof value === 'string') return (scope) => [0x20, ...unsigned(scope.local(value))];
  return value;
};

const operation =
  (...opcode: number[]) =>
  (...operands: Value[]): Code =>
  (scope) => [...operands.flatMap((operand) => code(operand)(scope)), ...opcode];

export const add = operation(0x6a);
export const sub = operation(0x6b);
export const mul = operation(0x6c);
export const and = operation(0x71);
export const or = operation(0x72);
export const xor = operation(0x73);
export const shl = operation(0x74);
export const shr = operation(0x76);
export const eqz = operation(0x45);
export const eq = operation(0x46);
export const ne = operation(0x47);
export const lt = operation(0x49);
export const gt = operation(0x4b);
export const ge = operation(0x4f);
/** Number of zero bits below the lowest one. */
export const ctz = operation(0x68);

const access =
  (...opcode: number[]) =>
  (address: Value, offset = 0, value?: Value): Code =>
  (scope) => [
    ...code(address)(scope),
    ...(value === undefined ? [] : code(value)(scope)),
    ...opcode,
    0,
    ...unsigned(offset),
  ];

/** Reads; addresses need no alignment. */
export const load = access(0x28);
export const load8 = access(0x2d);
export const load16 = access(0x2f);
const written = (...opcode: number[]) => {
  const write = access(...opcode);
  return (address: Value, value: Value, offset = 0): Code => write(address, offset, value);
};
export const store = written(0x36);
export const store8 = written(0x3a);

export const loadVector = access(0xfd, 0x00);
export const storeVector = written(0xfd, 0x0b);
/** Sixteen copies of a byte. */
export const bytes16 = operation(0xfd, 0x0f);
export const equal16 = operation(0xfd, 0x23);
export const less16 = operation(0xfd, 0x26);
export const add16 = operation(0xfd, 0x6e);
export const sub16 = operation(0xfd, 0x71);
export const or16 = operation(0xfd, 0x50);
export const and16 = operation(0xfd, 0x4e);
/** The highest bit of each of 16 bytes. */
export const bits16 = operation(0xfd, 0x64);

export const set =
  (variable: string, value: Value): Code =>
  (scope) => [...code(value)(scope), 0x21, ...unsigned(scope.local(variable))];
export const call =
  (callee: string, ...operands: Value[]): Code =>
  (scope) => [...operands.flatMap((operand) => code(operand)(scope)), 0x10, ...unsigned(scope.functionIndex(callee))];
export const give = operation(0x0f);

const inside = (scope: Scope, label: string): Scope => ({ ...scope, labels: [...scope.labels, label] });
const all = (scope: Scope, body: readonly Code[]): number[] => body.flatMap((part) => part(scope));

/** When `condition` is not 0: `body`. */
export const when =
  (condition: Value, ...body: Code[]): Code =>
  (scope) => [...code(condition)(scope), 0x04, 0x40, ...all(inside(scope, ''), body), 0x0b];

export const choose =
  (condition: Value, yes: readonly Code[], no: readonly Code[]): Code =>
  (scope) => {
    const inner = inside(scope, '');
    return [...code(condition)(scope), 0x04, 0x40, ...all(inner, yes), 0x05, ...all(inner, no), 0x0b];
  };

/** A loop for ever; `leave(label)` ends it, `again(label)` begins it anew. */
export const repeat =
  (label: string, ...body: Code[]): Code =>
  (scope) => {
    const inner = inside(inside(scope, `leave ${label}`), `again ${label}`);
    return [0x02, 0x40, 0x03, 0x40, ...all(inner, body), 0x0c, 0, 0x0b, 0x0b];
  };

const jump =
  (target: string): Code =>
  ({ labels }) => {
    const at = labels.lastIndexOf(target);
    if (at < 0) throw new Error(`no block "${target}" around`);
    return [0x0c, ...unsigned(labels.length - 1 - at)];
  };
export const leave = (label: string): Code => jump(`leave ${label}`);
export const again = (label: string): Code => jump(`again ${label}`);

/** A function over i32 values that gives one i32 back; falling off its end gives 0. */
export interface FunctionSource {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: readonly Code[];
}

function bodyOf(source: FunctionSource, functions: readonly FunctionSource[]): number[] {
  const locals = new Map(source.parameters.map((parameter, index) => [parameter, index]));
  const scope: Scope = {
    local(variable) {
      const known = locals.get(variable) ?? locals.size;
      locals.set(variable, known);
      return known;
    },
    functionIndex(callee) {
      const index = functions.findIndex((one) => one.name === callee);
      if (index < 0) throw new Error(`no function "${callee}"`);
      return index;
    },
    labels: [],
  };
  const text = [...all(scope, source.body), 0x41, 0, 0x0b];
  const variables = vector([[...unsigned(locals.size - source.parameters.length), 0x7f]]);
  return [...unsigned(variables.length + text.length), ...variables, ...text];
}

/** Bytes of a module with these functions, all exported, over the memory it imports as `host.memory`. */
export function assemble(functions: readonly FunctionSource[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, body: readonly number[]) => [id, ...unsigned(body.length), ...body];
  const types = functions.map(({ parameters }) => [0x60, ...vector(parameters.map(() => [0x7f])), 1, 0x7f]);
  const memory = [...name('host'), ...name('memory'), 0x02, 0x00, 1];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map((source, index) => [...name(source.name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(functions.map((source) => bodyOf(source, functions)))),
  ]);
}
