/**
 * Version order of Debian packages (Debian Policy §5.6.12): epoch, upstream version, revision; `~` sorts before
 * everything, even the end; letters before other signs; digits by their number.
 */

/** Place of a sign among the non-digits of a version. */
function orderOf(character: string | undefined): number {
  if (character === undefined || (character >= '0' && character <= '9')) return 0;
  if (character === '~') return -1;
  if (/[A-Za-z]/.test(character)) return character.charCodeAt(0);
  return character.charCodeAt(0) + 256;
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= '0' && character <= '9';

/** Compares two parts without epoch and revision. */
function compareParts(left: string, right: string): number {
  let [at, other] = [0, 0];
  while (at < left.length || other < right.length) {
    while ((at < left.length && !isDigit(left[at])) || (other < right.length && !isDigit(right[other]))) {
      const difference = orderOf(left[at]) - orderOf(right[other]);
      if (difference !== 0) return Math.sign(difference);
      at += 1;
      other += 1;
    }
    const [mine, theirs] = [digitsFrom(left, at), digitsFrom(right, other)];
    at += mine.length;
    other += theirs.length;
    const difference = compareNumbers(mine, theirs);
    if (difference !== 0) return difference;
  }
  return 0;
}

function digitsFrom(text: string, from: number): string {
  let end = from;
  while (isDigit(text[end])) end += 1;
  return text.slice(from, end);
}

/** Two runs of digits of any length; an empty one is 0. */
export function compareNumbers(left: string, right: string): number {
  const [mine, theirs] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
  if (mine.length !== theirs.length) return mine.length < theirs.length ? -1 : 1;
  return mine === theirs ? 0 : mine < theirs ? -1 : 1;
}

function split(version: string): { epoch: string; upstream: string; revision: string } {
  const trimmed = version.trim();
  const colon = trimmed.indexOf(':');
  const rest = trimmed.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? '0' : trimmed.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    // No revision sorts as the revision 0.
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** −1 when `left` is older than `right`, 1 when newer, 0 when dpkg holds them equal. */
export function compareDebVersions(left: string, right: string): number {
  const [mine, theirs] = [split(left), split(right)];
  return (
    compareNumbers(mine.epoch, theirs.epoch) ||
    compareParts(mine.upstream, theirs.upstream) ||
    compareParts(mine.revision, theirs.revision)
  );
}
