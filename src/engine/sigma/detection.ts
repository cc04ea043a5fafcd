import { isMap, isSeq, type YAMLMap } from 'yaml';
import { any, type Condition, FALSE } from '#engine/condition/condition.ts';
import { parseCondition } from './condition-text.ts';
import type { ValueOptions } from './modifiers.ts';
import type { DetectionParts } from './rule.ts';
import { readSelection } from './selection.ts';
import { type Entry, entries, items, plainText, type Source, type YamlValue } from './source.ts';

/** Members of a detection that are no selections. */
const NOT_SELECTIONS = new Set(['condition', 'timeframe']);

/** A detection that was read: its whole condition, and the parts it was put together from. */
export interface Detection extends DetectionParts {
  readonly condition: Condition;
}

const NOTHING: Detection = { condition: FALSE, selections: new Map(), conditions: [] };

/**
 * Reads a detection: named selections and one condition over them, or several, of which any may hold.
 * @param ignore further members that are no selections (`rules` of a filter)
 */
export function readDetection(
  source: Source,
  root: YAMLMap,
  entry: Entry,
  options: ValueOptions,
  ignore: readonly string[] = [],
): Detection {
  if (!isMap(entry.value)) {
    source.error(
      'detection.shape',
      entry.keyNode,
      `"${entry.key}" is no mapping`,
      'give it selections and a condition',
    );
    return NOTHING;
  }
  const members = entries(root, entry.value);
  const selections = new Map<string, Condition>();
  for (const member of members) {
    if (NOT_SELECTIONS.has(member.key) || ignore.includes(member.key)) continue;
    selections.set(member.key, readSelection({ source, root, options }, member.key, member.value));
  }
  const condition = members.find((member) => member.key === 'condition');
  if (!condition) {
    source.error('rule.missing', entry.keyNode, 'the detection has no condition', 'add "condition: selection"');
    return NOTHING;
  }
  if (selections.size === 0) {
    source.error('detection.empty', entry.keyNode, 'the detection has no selections', 'add "selection:" with fields');
    return NOTHING;
  }
  const used = new Set<string>();
  const texts = isSeq(condition.value) ? items(root, condition.value) : [condition.value];
  const parsed = any(texts.map((node) => readCondition(source, node, condition, selections, used)));
  for (const member of members) {
    if (selections.has(member.key) && !used.has(member.key) && !member.key.startsWith('_')) {
      source.warn(
        'condition.unused',
        member.keyNode,
        `the condition never uses "${member.key}"`,
        'use it or remove it',
      );
    }
  }
  return { condition: parsed, selections, conditions: texts.flatMap((node) => plainText(node) ?? []) };
}

function readCondition(
  source: Source,
  node: YamlValue,
  entry: Entry,
  selections: ReadonlyMap<string, Condition>,
  used: Set<string>,
): Condition {
  const text = plainText(node);
  if (text === undefined || text.trim() === '') {
    source.error('condition.syntax', node ?? entry.keyNode, 'the condition is empty', 'name a selection');
    return FALSE;
  }
  return parseCondition(
    text,
    selections,
    (code, at, message, hint) => source.error(code, node, `${message} (character ${at + 1} of the condition)`, hint),
    used,
  );
}
