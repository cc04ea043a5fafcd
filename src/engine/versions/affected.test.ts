import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AffectedProduct,
  type InstalledSoftware,
  judgeSoftware,
  plainName,
  type VersionRange,
} from './affected.ts';

const ALIASES = new Map([
  [plainName('致远 OA'), 'seeyonoa'],
  [plainName('Seeyon-OA'), 'seeyonoa'],
]);

const product = (given: Partial<AffectedProduct>, ...ranges: VersionRange[]): AffectedProduct => ({
  name: '',
  cpe: '',
  purl: '',
  ecosystem: '',
  ranges,
  ...given,
});
const software = (given: Partial<InstalledSoftware>): InstalledSoftware => ({
  name: '',
  version: '',
  ecosystem: '',
  purl: '',
  cpe: '',
  seenBy: 'package',
  ...given,
});
const judged = (affected: AffectedProduct, installed: InstalledSoftware) => {
  const found = judgeSoftware(affected, installed, ALIASES);
  return found && [found.verdict, found.confidence, found.reason];
};

const CASES: readonly (readonly [string, AffectedProduct, InstalledSoftware, readonly string[] | undefined])[] = [
  [
    'upstream range, version of a package outside distributions',
    product({ name: 'log4j-core' }, { introduced: '2.0', fixed: '2.17.1' }),
    software({ name: 'log4j-core', version: '2.14.1', ecosystem: 'maven' }),
    ['affected', 'version', 'in_range'],
  ],
  [
    'the fixed version itself is safe',
    product({ name: 'log4j-core' }, { introduced: '2.0', fixed: '2.17.1' }),
    software({ name: 'log4j-core', version: '2.17.1', ecosystem: 'maven' }),
    ['not_affected', 'version', 'out_of_range'],
  ],
  [
    'el7 against a fix of el7_9: one line',
    product({ name: 'httpd' }, { fixed: '2.4.6-97.el7_9.5' }),
    software({ name: 'httpd', version: '2.4.6-97.el7', ecosystem: 'rpm' }),
    ['affected', 'version', 'in_range'],
  ],
  [
    'el8 against a fix of el7: another line says nothing',
    product({ name: 'httpd' }, { fixed: '2.4.6-97.el7_9.5' }),
    software({ name: 'httpd', version: '2.4.37-1.el8', ecosystem: 'rpm' }),
    ['unknown', 'unknown', 'other_release'],
  ],
  [
    'a Debian package below an upstream fix may be mended underneath',
    product({ name: 'openssl' }, { fixed: '1.1.1t' }),
    software({ name: 'openssl', version: '1.1.1n-0+deb11u5', ecosystem: 'deb' }),
    ['unknown', 'unknown', 'backport'],
  ],
  [
    'a Debian package above the upstream fix is safe',
    product({ name: 'openssl' }, { fixed: '1.1.1k' }),
    software({ name: 'openssl', version: '1.1.1n-0+deb11u5', ecosystem: 'deb' }),
    ['not_affected', 'version', 'out_of_range'],
  ],
  [
    'the same Debian release is compared by its own order',
    product({ name: 'openssl', purl: 'pkg:deb/debian/openssl' }, { fixed: '1.1.1n-0+deb11u5' }),
    software({
      name: 'openssl',
      version: '1.1.1n-0+deb11u4',
      ecosystem: 'deb',
      purl: 'pkg:deb/debian/openssl@1.1.1n-0+deb11u4',
    }),
    ['affected', 'version', 'in_range'],
  ],
  [
    'a back-port is not compared with the release',
    product({ name: 'nginx' }, { fixed: '1.22.1-9+deb12u1' }),
    software({ name: 'nginx', version: '1.22.1-9~bpo11+1', ecosystem: 'deb' }),
    ['unknown', 'unknown', 'other_release'],
  ],
  [
    'a banner is a guess',
    product({ name: 'OpenSSH', cpe: 'cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*' }, { fixed: '7.7' }),
    software({ name: 'OpenSSH', version: '7.4', cpe: 'cpe:/a:openbsd:openssh:7.4', seenBy: 'banner' }),
    ['affected', 'banner', 'in_range'],
  ],
  [
    'without a version nobody can tell',
    product({ name: '致远OA' }, { fixed: '8.1' }),
    software({ name: 'Seeyon OA', seenBy: 'banner' }),
    ['unknown', 'unknown', 'no_version'],
  ],
  [
    'a Chinese name by its alias',
    product({ name: '致远 OA' }, { lastAffected: '8.0' }),
    software({ name: 'seeyon-oa', version: '8.0', seenBy: 'banner' }),
    ['affected', 'banner', 'in_range'],
  ],
  [
    'NA is not ANY',
    product({ name: '', cpe: 'cpe:2.3:a:apache:http_server:-:*:*:*:*:*:*:*' }),
    software({ name: 'Apache httpd', cpe: 'cpe:2.3:a:apache:http_server:2.4.53:*:*:*:*:*:*:*', version: '2.4.53' }),
    ['not_affected', 'version', 'other_version'],
  ],
  [
    "jammy above focal's fix may still be below its own",
    product({ name: 'openssl', purl: '' }, { fixed: '1.1.1f-1ubuntu2.24' }),
    software({ name: 'openssl', version: '3.0.2-0ubuntu1.1', ecosystem: 'deb', purl: '' }),
    ['unknown', 'unknown', 'release_unknown'],
  ],
  [
    "focal, mended, below jammy's fix",
    product({ name: 'openssl', purl: '' }, { fixed: '3.0.2-0ubuntu1.15' }),
    software({ name: 'openssl', version: '1.1.1f-1ubuntu2.24', ecosystem: 'deb', purl: '' }),
    ['unknown', 'unknown', 'release_unknown'],
  ],
  [
    'Ubuntu whose package URLs tell the release of both',
    product({ name: 'openssl', purl: 'pkg:deb/ubuntu/openssl?distro=jammy' }, { fixed: '3.0.2-0ubuntu1.15' }),
    software({
      name: 'openssl',
      version: '3.0.2-0ubuntu1.1',
      ecosystem: 'deb',
      purl: 'pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1.1?distro=ubuntu-22.04',
    }),
    ['affected', 'version', 'in_range'],
  ],
  [
    'Ubuntu whose package URLs tell two releases',
    product({ name: 'openssl', purl: 'pkg:deb/ubuntu/openssl?distro=focal' }, { fixed: '1.1.1f-1ubuntu2.24' }),
    software({
      name: 'openssl',
      version: '3.0.2-0ubuntu1.1',
      ecosystem: 'deb',
      purl: 'pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1.1?distro=ubuntu-22.04',
    }),
    ['unknown', 'unknown', 'other_release'],
  ],
  [
    'the very version of the fix, of whatever release',
    product({ name: 'openssl', purl: '' }, { fixed: '3.0.2-0ubuntu1.15' }),
    software({ name: 'openssl', version: '3.0.2-0ubuntu1.15', ecosystem: 'deb', purl: '' }),
    ['not_affected', 'version', 'out_of_range'],
  ],
  [
    'a package that Debian is upstream of',
    product({ name: 'openssl', purl: 'pkg:deb/ubuntu/openssl' }, { fixed: '2.0.9' }),
    software({ name: 'openssl', version: '2.4.8', ecosystem: 'deb', purl: 'pkg:deb/ubuntu/openssl@2.4.8' }),
    ['unknown', 'unknown', 'release_unknown'],
  ],
  [
    'SUSE below an upstream fix may be mended underneath',
    product({ name: 'openssl', purl: '' }, { fixed: '1.1.1n' }),
    software({ name: 'openssl', version: '1.1.1l-150400.7.60.2', ecosystem: 'rpm', purl: '' }),
    ['unknown', 'unknown', 'backport'],
  ],
  [
    'SUSE against a fix of its own service pack',
    product({ name: 'openssl', purl: '' }, { fixed: '1.1.1l-150400.7.60.2' }),
    software({ name: 'openssl', version: '1.1.1l-150400.7.53.1', ecosystem: 'rpm', purl: '' }),
    ['affected', 'version', 'in_range'],
  ],
  [
    'a distribution that is not known below an upstream fix',
    product({ name: 'openssl', purl: '' }, { fixed: '1.1.1n' }),
    software({ name: 'openssl', version: '1.1.1k-4', ecosystem: 'rpm', purl: '' }),
    ['unknown', 'unknown', 'backport'],
  ],
  [
    'openEuler: each service pack has fixes of its own',
    product({ name: 'openssl', purl: '' }, { fixed: '1.1.1m-30.oe2203sp3' }),
    software({ name: 'openssl', version: '1.1.1m-22.oe2203sp1', ecosystem: 'rpm', purl: '' }),
    ['unknown', 'unknown', 'other_release'],
  ],
  [
    'an epoch that only the fix names',
    product({ name: 'openssl', purl: '' }, { fixed: '1:1.0.2k-25.el7_9' }),
    software({ name: 'openssl', version: '1.0.2k-26.el7_9', ecosystem: 'rpm', purl: '' }),
    ['unknown', 'unknown', 'epoch'],
  ],
  [
    'an epoch that only the package names',
    product({ name: 'openssl', purl: '' }, { fixed: '3.0.7' }),
    software({ name: 'openssl', version: '1:1.1.1k-9.el8_7', ecosystem: 'rpm', purl: '' }),
    ['unknown', 'unknown', 'epoch'],
  ],
  ['another product', product({ name: 'nginx' }), software({ name: 'apache', version: '2.4' }), undefined],
  [
    'the same name of another ecosystem',
    product({ name: 'requests', ecosystem: 'npm' }, { fixed: '3' }),
    software({ name: 'requests', version: '2.0', ecosystem: 'pypi' }),
    undefined,
  ],
];

for (const [name, affected, installed, expected] of CASES) {
  test(name, () => assert.deepEqual(judged(affected, installed), expected));
}
