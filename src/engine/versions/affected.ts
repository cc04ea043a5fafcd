import { matchCpe, parseCpe } from './cpe.ts';
import { compareVersions, epochsDiffer, releaseLine, schemeOf, type VersionScheme } from './order.ts';
import { parsePurl } from './purl.ts';

/** Versions of a product that are affected: from `introduced` on, before `fixed`, or up to and with `lastAffected`. */
export interface VersionRange {
  readonly introduced?: string | undefined;
  readonly fixed?: string | undefined;
  readonly lastAffected?: string | undefined;
}

/** A product as an advisory names it. No range: every version. */
export interface AffectedProduct {
  readonly name: string;
  readonly cpe: string;
  readonly purl: string;
  readonly ecosystem: string;
  readonly ranges: readonly VersionRange[];
}

/** Software on an asset as a scan, a bill of materials or the ledger tells of it. */
export interface InstalledSoftware {
  readonly name: string;
  readonly version: string;
  readonly ecosystem: string;
  readonly purl: string;
  readonly cpe: string;
  readonly seenBy: 'package' | 'banner';
}

type MatchConfidence = 'verified' | 'version' | 'banner' | 'unknown';

export interface Judgement {
  readonly verdict: 'affected' | 'not_affected' | 'unknown';
  readonly confidence: MatchConfidence;
  /** A stable word, e.g. `in_range`, `no_version`, `other_release`. */
  readonly reason: string;
}

/** Other names of a product, lower case, without spaces and punctuation → the one it is compared under. */
export type Aliases = ReadonlyMap<string, string>;

export const plainName = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\s\p{P}\p{S}]+/gu, '');

const canonical = (name: string, aliases: Aliases): string => {
  const plain = plainName(name);
  return aliases.get(plain) ?? plain;
};

/** Whether the software is the product: by package URL, else by CPE name, else by name or alias. */
function isProduct(product: AffectedProduct, software: InstalledSoftware, aliases: Aliases): boolean {
  const [wanted, found] = [parsePurl(product.purl), parsePurl(software.purl)];
  if (wanted !== undefined && found !== undefined) {
    const sameSpace = wanted.namespace === '' || wanted.namespace === found.namespace;
    return wanted.type === found.type && sameSpace && wanted.name === found.name;
  }
  const [cpe, installed] = [parseCpe(product.cpe), parseCpe(software.cpe)];
  if (cpe !== undefined && installed !== undefined) {
    return matchCpe(cpe, installed, ['part', 'vendor', 'product']) !== 'no_match';
  }
  if (product.ecosystem !== '' && software.ecosystem !== '' && product.ecosystem !== software.ecosystem) return false;
  const names = [product.name, wanted?.name, cpe !== undefined && 'text' in cpe.product ? cpe.product.text : undefined];
  const own = canonical(found?.name ?? software.name, aliases);
  return names.some((name) => name !== undefined && name !== '' && canonical(name, aliases) === own);
}

const UNKNOWN = (reason: string): Judgement => ({ verdict: 'unknown', confidence: 'unknown', reason });

/**
 * Whether installed software is affected. A distribution mends old versions without changing their number, so its
 * versions are compared only with a fix of the same release line, known of both; against an upstream range they can be
 * shown to be safe, but not to be affected.
 *
 * @returns undefined when the software is another product
 */
export function judgeSoftware(
  product: AffectedProduct,
  software: InstalledSoftware,
  aliases: Aliases,
): Judgement | undefined {
  if (!isProduct(product, software, aliases)) return undefined;
  const cpe = parseCpe(product.cpe);
  const confidence: MatchConfidence = software.seenBy === 'package' ? 'version' : 'banner';
  if (product.ranges.length === 0) return withoutRanges(product, software, confidence);
  // The name itself may be for another kind of version (NA), platform or edition.
  const installed = parseCpe(software.cpe);
  if (
    cpe !== undefined &&
    installed !== undefined &&
    matchCpe(cpe, installed, ['targetSoftware', 'edition']) === 'no_match'
  ) {
    return { verdict: 'not_affected', confidence, reason: 'other_edition' };
  }
  const version = software.version || (parsePurl(software.purl)?.version ?? '');
  if (version === '') return UNKNOWN('no_version');
  const scheme = schemeOf(software.ecosystem || (parsePurl(software.purl)?.type ?? ''));
  const verdicts = product.ranges.map((range) =>
    scheme === 'plain'
      ? inPlainRange(range, version)
      : inDistributionRange(range, scheme, { version, line: releaseLine(version, distroOf(software)) }, product),
  );
  if (verdicts.includes('in')) return { verdict: 'affected', confidence, reason: 'in_range' };
  const unsure = verdicts.find((verdict) => verdict !== 'out');
  if (unsure !== undefined) return UNKNOWN(unsure);
  return { verdict: 'not_affected', confidence, reason: 'out_of_range' };
}

function withoutRanges(product: AffectedProduct, software: InstalledSoftware, confidence: MatchConfidence): Judgement {
  const [cpe, installed] = [parseCpe(product.cpe), parseCpe(software.cpe)];
  if (cpe !== undefined && installed !== undefined) {
    const match = matchCpe(cpe, installed);
    if (match === 'unknown') return UNKNOWN('no_version');
    return match === 'match'
      ? { verdict: 'affected', confidence, reason: 'name' }
      : { verdict: 'not_affected', confidence, reason: 'other_version' };
  }
  const wanted = parsePurl(product.purl)?.version ?? '';
  if (wanted !== '' && software.version === '') return UNKNOWN('no_version');
  if (wanted !== '' && wanted !== software.version)
    return { verdict: 'not_affected', confidence, reason: 'other_version' };
  return { verdict: 'affected', confidence, reason: 'name' };
}

/** Where a version is to a range, or why nobody can tell. */
type Place = 'in' | 'out' | 'other_release' | 'release_unknown' | 'backport' | 'epoch';

const past = (comparison: number, isFix: boolean): boolean => (isFix ? comparison >= 0 : comparison > 0);

const distroOf = ({ purl }: { readonly purl: string }): string => parsePurl(purl)?.qualifiers.get('distro') ?? '';

function inPlainRange({ introduced = '', fixed = '', lastAffected = '' }: VersionRange, version: string): Place {
  const compare = (other: string) => compareVersions('plain', version, other);
  if (introduced !== '' && introduced !== '0' && compare(introduced) < 0) return 'out';
  const end = fixed || lastAffected;
  return end !== '' && past(compare(end), fixed !== '') ? 'out' : 'in';
}

function inDistributionRange(
  { introduced = '', fixed = '', lastAffected = '' }: VersionRange,
  scheme: Exclude<VersionScheme, 'plain'>,
  { version, line }: { readonly version: string; readonly line: string },
  product: AffectedProduct,
): Place {
  const compare = (other: string) => compareVersions(scheme, version, other);
  if (introduced !== '' && introduced !== '0' && !epochsDiffer(version, introduced) && compare(introduced) < 0)
    return 'out';
  const end = fixed || lastAffected;
  if (end === '') return 'backport';
  if (epochsDiffer(version, end)) return 'epoch';
  const isPast = past(compare(end), fixed !== '');
  // Upstream's range, a distribution's version: newer is safe, older may have been mended underneath.
  if (isUpstream(end, scheme, product)) return isPast ? 'out' : 'backport';
  const endLine = releaseLine(end, distroOf(product));
  // The very version that is named is that of its line, whichever it is.
  if (version !== end && (line === '' || endLine === '')) return 'release_unknown';
  if (version !== end && line !== endLine) return 'other_release';
  return isPast ? 'out' : 'in';
}

/** A version without a revision is upstream's, but for packages that Debian itself is upstream of. */
const isUpstream = (end: string, scheme: VersionScheme, { ecosystem, purl }: AffectedProduct): boolean =>
  !end.includes('-') &&
  releaseLine(end) === '' &&
  !(scheme === 'deb' && schemeOf(ecosystem || (parsePurl(purl)?.type ?? '')) === 'deb');
