import { absoluteTime } from '../time.ts';

/** What a person reads in an element, in one line: a time whole, whatever form it is shown in. */
export function shownText(element: Element): string {
  return pieces(element).replaceAll(/\s+/g, ' ').trim();
}

function pieces(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? '';
  if (!(node instanceof Element) || node.getAttribute('aria-hidden') === 'true') return '';
  const at = node instanceof HTMLTimeElement ? node.dateTime : '';
  if (at !== '') return ` ${absoluteTime(at)} `;
  const inside = Array.from(node.childNodes, pieces).join('');
  // Beside each other on the screen they need no space; in a line of text they do.
  return ` ${inside} `;
}
