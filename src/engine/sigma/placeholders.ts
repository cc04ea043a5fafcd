import { isSeq } from 'yaml';
import type { Placeholders } from './modifiers.ts';
import type { Problem } from './problem.ts';
import { entries, items, plainText, Source } from './source.ts';

/** A file of a rule folder that holds lists instead of rules. */
export const isPlaceholderFile = (path: string): boolean => /(?:^|[/\\])placeholders\.ya?ml$/.test(path);

/** Names as they stand between percent signs. */
const NAME = /^[\w.-]+$/;

/**
 * Reads lists for `%name%` under the modifier `expand`: a mapping of names to one value or a list of them. Never throws.
 *
 * @returns the lists that are sound, and what is wrong with the others
 */
export function parsePlaceholders(
  text: string,
  file: string,
): { readonly placeholders: Placeholders; readonly problems: readonly Problem[] } {
  const source = new Source(text, file);
  const lists = new Map<string, readonly string[]>();
  for (const { root } of source.documents()) {
    for (const { key, keyNode, value } of entries(root, root)) {
      if (!NAME.test(key)) {
        const hint = 'use letters, digits, ".", "_" and "-", without percent signs';
        source.error('placeholder.value', keyNode, `"${key}" cannot be the name of a list`, hint);
        continue;
      }
      const nodes = isSeq(value) ? items(root, value) : [value];
      const values = nodes.flatMap((node) => plainText(node) ?? []);
      if (values.length < nodes.length || values.length === 0)
        source.error('placeholder.value', value ?? keyNode, `"${key}" is no list of texts`, 'write one value per line');
      else lists.set(key, [...(lists.get(key) ?? []), ...values]);
    }
  }
  return { placeholders: Object.fromEntries(lists), problems: source.problems };
}

/** Lists of the same name are put together. */
export function joinPlaceholders(all: readonly Placeholders[]): Placeholders {
  const joined = new Map<string, readonly string[]>();
  for (const lists of all) {
    for (const [name, values] of Object.entries(lists))
      joined.set(name, [...new Set([...(joined.get(name) ?? []), ...values])]);
  }
  return Object.fromEntries(joined);
}
