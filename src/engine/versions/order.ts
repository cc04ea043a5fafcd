import { compareDebVersions } from './dpkg.ts';
import { comparePlainVersions } from './plain.ts';
import { compareRpmVersions } from './rpm.ts';

/** In which order the versions of an ecosystem stand. */
export type VersionScheme = 'deb' | 'rpm' | 'plain';

const DEB = /^(?:deb|dpkg|debian|ubuntu|kylin-deb|uos|deepin)$/;
const RPM =
  /^(?:rpm|redhat|rhel|centos|rocky|alma|almalinux|fedora|oracle|amazon|suse|opensuse|openeuler|anolis|kylin)$/;

export const schemeOf = (ecosystem: string): VersionScheme => {
  if (DEB.test(ecosystem)) return 'deb';
  return RPM.test(ecosystem) ? 'rpm' : 'plain';
};

const COMPARE = { deb: compareDebVersions, rpm: compareRpmVersions, plain: comparePlainVersions } as const;

/** −1 older, 0 equal, 1 newer. */
export const compareVersions = (scheme: VersionScheme, left: string, right: string): number =>
  COMPARE[scheme](left, right);

/**
 * The release line that a distribution's version belongs to: `el7` and `el7_9` are one, `bpo12` is another than
 * Debian's own `deb12`. A fix of one line says nothing about another.
 *
 * @returns '' when the version names none
 */
export function releaseLine(version: string): string {
  const backport = /~bpo(\d+)/.exec(version);
  if (backport !== null) return `bpo${backport[1]}`;
  const debian = /[+~]deb(\d+)u\d+/.exec(version);
  if (debian !== null) return `deb${debian[1]}`;
  const module = /\.module\+?_?(el\d+)/.exec(version);
  if (module !== null) return `${module[1]}-module`;
  const line = /\.(el|fc|amzn|oe|an|ky|ps|uel|axs)(\d+)/.exec(version);
  if (line !== null) return `${line[1]}${line[2]}`;
  const ubuntu = /(?:ubuntu|\+esm)/.test(version);
  return ubuntu ? 'ubuntu' : '';
}
