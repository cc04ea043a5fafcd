import { isMap, isSeq, type YAMLMap } from 'yaml';
import { all, any, type Condition, FALSE, not } from '#engine/condition/condition.ts';
import { ANY, tidy } from '#engine/condition/pattern.ts';
import { nearest } from './keys.ts';
import {
  applyModifiers,
  checkedRegex,
  type Draft,
  draftCondition,
  isModifier,
  MODIFIERS,
  type ValueOptions,
  ValueProblem,
} from './modifiers.ts';
import { type Entry, entries, items, plainText, type Source, scalar, type YamlValue } from './source.ts';
import { parseText } from './text.ts';

interface Reading {
  readonly source: Source;
  readonly root: YAMLMap;
  readonly options: ValueOptions;
}

/** A named selection as a condition; problems are added to the source and make it FALSE. */
export function readSelection(reading: Reading, name: string, node: YamlValue): Condition {
  const { source, root } = reading;
  if (isMap(node)) return readMap(reading, name, node);
  if (isSeq(node)) {
    const members = items(root, node);
    if (members.length === 0)
      source.error('detection.empty', node, `"${name}" is an empty list`, 'give it values or remove it');
    return any(
      members.map((member) => (isMap(member) ? readMap(reading, name, member) : readKeyword(reading, member, []))),
    );
  }
  const value = scalar(node);
  if (value === undefined || value.type === 'null') {
    source.error('detection.empty', node, `"${name}" is empty`, 'give it fields or keywords, or remove it');
    return FALSE;
  }
  return readKeyword(reading, node, []);
}

function readMap(reading: Reading, name: string, map: YAMLMap): Condition {
  const members = entries(reading.root, map);
  if (members.length === 0) reading.source.error('detection.empty', map, `"${name}" is empty`, 'give it fields');
  return all(members.map((entry) => readItem(reading, entry)));
}

/** `field|modifier|…: value or list`. */
function readItem(reading: Reading, entry: Entry): Condition {
  const { source, root } = reading;
  const [field = '', ...modifiers] = entry.key.split('|');
  const unknown = modifiers.filter((modifier) => !isModifier(modifier));
  for (const modifier of unknown) {
    const meant = nearest(modifier, MODIFIERS);
    const hint = meant ? `write "${meant}"` : `known are ${MODIFIERS.join(', ')}`;
    source.error('modifier.unknown', entry.keyNode, `there is no modifier "${modifier}"`, hint);
  }
  if (unknown.length > 0) return FALSE;
  if (isMap(entry.value)) {
    source.error(
      'detection.shape',
      entry.value,
      `the value of "${entry.key}" is a mapping`,
      'give a value or a list of values',
    );
    return FALSE;
  }
  const values = isSeq(entry.value) ? items(root, entry.value) : [entry.value];
  if (values.length === 0) {
    source.error(
      'detection.empty',
      entry.keyNode,
      `"${entry.key}" has an empty list`,
      'give it values or remove the field',
    );
    return FALSE;
  }
  const conditions = values.map((value) =>
    field === '' ? readKeyword(reading, value, modifiers) : readValue(reading, field, value, modifiers, entry),
  );
  const linked = modifiers.includes('all') ? all(conditions) : any(conditions);
  return modifiers.includes('neq') ? not(linked) : linked;
}

/** A scalar as a draft; undefined (with a problem) for anything else. */
function readDraft({ source }: Reading, node: YamlValue): Draft | undefined {
  const value = scalar(node);
  switch (value?.type) {
    case 'text':
      return { as: 'text', pattern: parseText(value.text), cased: false, bytes: false, anchored: false };
    case 'number':
      return { as: 'number', value: value.value, text: value.text };
    case 'boolean':
      return { as: 'boolean', value: value.value };
    case 'null':
      return { as: 'null' };
    case undefined:
      source.error(
        'detection.shape',
        node,
        'a value is a text, a number, true, false or null',
        'write each value on its own line',
      );
      return undefined;
  }
}

function readValue(
  reading: Reading,
  field: string,
  node: YamlValue,
  modifiers: readonly string[],
  entry: Entry,
): Condition {
  const draft = readDraft(reading, node);
  if (!draft) return FALSE;
  const wanted = modifiers.filter((modifier) => modifier !== 'all' && modifier !== 'neq');
  return guarded(reading, node ?? entry.keyNode, () => {
    if (draft.as === 'null' && wanted.length > 0) {
      throw new ValueProblem('modifier.value', `"${wanted.join('|')}" of null`, 'write null under the bare field name');
    }
    const drafts = applyModifiers(draft, plainText(node), wanted, reading.options);
    return any(drafts.map((one) => draftCondition(field, one)));
  });
}

/** A text searched in the whole event: as a part, unless anchored or a regular expression. */
function readKeyword(reading: Reading, node: YamlValue, modifiers: readonly string[]): Condition {
  const draft = readDraft(reading, node);
  if (!draft) return FALSE;
  return guarded(reading, node, () => {
    const drafts = applyModifiers(draft, plainText(node), modifiers, reading.options);
    return any(
      drafts.map((one): Condition => {
        if (one.as === 'regex') return { kind: 'keyword', test: { op: 'regex', regex: checkedRegex(one) } };
        if (one.as === 'number' && one.compare === undefined && one.part === undefined) {
          return { kind: 'keyword', test: { op: 'text', pattern: [ANY, { text: one.text }, ANY], cased: false } };
        }
        if (one.as !== 'text') {
          throw new ValueProblem(
            'modifier.value',
            'a keyword is a text or a regular expression',
            'name the field it stands in',
          );
        }
        const pattern = one.anchored ? one.pattern : tidy([ANY, ...one.pattern, ANY]);
        return { kind: 'keyword', test: { op: 'text', pattern, cased: one.cased } };
      }),
    );
  });
}

function guarded({ source }: Reading, node: YamlValue, read: () => Condition): Condition {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ValueProblem)) throw error;
    source.error(error.code, node, error.message, error.hint);
    return FALSE;
  }
}
