import { compareNumbers } from './dpkg.ts';

/**
 * Version order of RPM (`rpmvercmp` of rpm 4.15 and later): runs of letters or digits, everything else only separates;
 * `~` sorts before the end, `^` after the end but before anything that goes on; digits are newer than letters.
 */
export function compareRpmParts(left: string, right: string): number {
  if (left === right) return 0;
  let [mine, theirs] = [left, right];
  while (mine !== '' || theirs !== '') {
    mine = mine.replace(/^[^A-Za-z0-9~^]+/, '');
    theirs = theirs.replace(/^[^A-Za-z0-9~^]+/, '');
    if (mine.startsWith('~') || theirs.startsWith('~')) {
      if (!mine.startsWith('~')) return 1;
      if (!theirs.startsWith('~')) return -1;
      [mine, theirs] = [mine.slice(1), theirs.slice(1)];
      continue;
    }
    if (mine.startsWith('^') || theirs.startsWith('^')) {
      if (mine === '') return -1;
      if (theirs === '') return 1;
      if (!mine.startsWith('^')) return 1;
      if (!theirs.startsWith('^')) return -1;
      [mine, theirs] = [mine.slice(1), theirs.slice(1)];
      continue;
    }
    if (mine === '' || theirs === '') break;
    const numeric = /^[0-9]/.test(mine);
    const run = numeric ? /^[0-9]+/ : /^[A-Za-z]+/;
    const [own] = run.exec(mine) ?? [''];
    const [other] = run.exec(theirs) ?? [''];
    // Of a number and a word the number is the newer one.
    if (other === '') return numeric ? 1 : -1;
    const difference = numeric ? compareNumbers(own, other) : own === other ? 0 : own < other ? -1 : 1;
    if (difference !== 0) return difference;
    [mine, theirs] = [mine.slice(own.length), theirs.slice(other.length)];
  }
  if (mine === '' && theirs === '') return 0;
  return mine === '' ? -1 : 1;
}

function split(version: string): { epoch: string; version: string; release: string } {
  const trimmed = version.trim();
  const colon = /^(\d+):/.exec(trimmed);
  const rest = colon === null ? trimmed : trimmed.slice(colon[0].length);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon?.[1] ?? '0',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/**
 * −1 when `left` is older than `right`, 1 when newer, 0 when rpm holds them equal. A side without a release is
 * compared by its version alone, as `Requires: openssl < 1.1.1k` is.
 */
export function compareRpmVersions(left: string, right: string): number {
  const [mine, theirs] = [split(left), split(right)];
  const release = mine.release === '' || theirs.release === '' ? 0 : compareRpmParts(mine.release, theirs.release);
  return compareNumbers(mine.epoch, theirs.epoch) || compareRpmParts(mine.version, theirs.version) || release;
}
