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

/** Releases that are called by name. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['trusty', 'ubuntu14.04'],
  ['xenial', 'ubuntu16.04'],
  ['bionic', 'ubuntu18.04'],
  ['focal', 'ubuntu20.04'],
  ['jammy', 'ubuntu22.04'],
  ['noble', 'ubuntu24.04'],
  ['stretch', 'deb9'],
  ['buster', 'deb10'],
  ['bullseye', 'deb11'],
  ['bookworm', 'deb12'],
  ['trixie', 'deb13'],
]);

/** The release line of a distribution as package URLs name it: `ubuntu-22.04`, `jammy`, `debian-12.5`, `sles-15.4`; '' for others. */
function lineOfDistribution(distro: string): string {
  const name = distro.toLowerCase();
  const [, kind = '', major = '', minor = ''] = /^([a-z-]*[a-z])-(\d+)(?:\.(\d+))?/.exec(name) ?? [];
  if (kind === 'ubuntu' && minor !== '') return `ubuntu${major}.${minor}`;
  if (kind === 'debian') return `deb${major}`;
  if (/^(?:rhel|redhat|centos|rocky|almalinux|ol|oracle)$/.test(kind)) return `el${major}`;
  if (/^(?:sles|sled|suse|opensuse-leap)$/.test(kind) && minor !== '') return `suse${major}.${minor}`;
  return NAMED.get(name) ?? '';
}

/**
 * The release line that a distribution's version belongs to: `el7` and `el7_9` are one, `bpo12` is another than
 * Debian's own `deb12`, and each service pack of openEuler and SUSE is one of its own. A fix of one line says nothing
 * about another.
 *
 * @param distro the distribution that a package URL names, for versions that do not tell theirs
 * @returns '' when nothing names one: most versions of Ubuntu, and Debian's as they were released, fit any of several
 */
export function releaseLine(version: string, distro = ''): string {
  const backport = /~bpo(\d+)/.exec(version);
  if (backport !== null) return `bpo${backport[1]}`;
  const debian = /[+~]deb(\d+)u\d+/.exec(version);
  if (debian !== null) return `deb${debian[1]}`;
  const module = /\.module\+?_?(el\d+)/.exec(version);
  if (module !== null) return `${module[1]}-module`;
  const suse = /-(15)0(\d)00\./.exec(version);
  if (suse !== null) return `suse${suse[1]}.${suse[2]}`;
  const openEuler = /\.oe(\d+(?:sp\d+)?)/i.exec(version);
  if (openEuler !== null) return `oe${openEuler[1]?.toLowerCase()}`;
  const line = /\.(el|fc|amzn|an|ky|ps|uel|axs)(\d+)/.exec(version);
  if (line !== null) return `${line[1]}${line[2]}`;
  const ubuntu = /ubuntu0\.(\d{2}\.\d{2})/.exec(version);
  return ubuntu === null ? lineOfDistribution(distro) : `ubuntu${ubuntu[1]}`;
}

/** Whether one version names an epoch and the other none: then nobody can tell whether it has none or was left out. */
export function epochsDiffer(left: string, right: string): boolean {
  const epoch = (version: string): string => /^\s*0*(\d+):/.exec(version)?.[1] ?? '';
  return (epoch(left) === '') !== (epoch(right) === '') && `${epoch(left)}${epoch(right)}` !== '0';
}
