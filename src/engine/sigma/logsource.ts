import type { LogSource } from '#engine/fields/event.ts';

/** Categories that stand for several others on a rule's side. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  registry_event: ['registry_event', 'registry_set', 'registry_add', 'registry_delete', 'registry_rename'],
};

/** The categories a rule's category stands for; empty = any. */
export const categoriesOf = (category: string): readonly string[] =>
  category === '' ? [] : (WIDER[category] ?? [category]);

/** True when a rule about `rule` is asked of an event from `event`: every part the rule names must be the event's. */
export function inScope(rule: LogSource, event: LogSource): boolean {
  if (rule.product !== '' && rule.product !== event.product) return false;
  if (rule.service !== '' && rule.service !== event.service) return false;
  return rule.category === '' || categoriesOf(rule.category).includes(event.category);
}

/** `windows / process_creation / sysmon`, parts left out where the rule leaves them open. */
export const describeLogSource = (logsource: LogSource): string =>
  [logsource.product, logsource.category, logsource.service].filter((part) => part !== '').join(' / ');
