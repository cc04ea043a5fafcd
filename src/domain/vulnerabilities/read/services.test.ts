import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readReport } from './formats.ts';

/** Of portal.example.cn, by itself, for the year from 30 November 2026. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBizCCAT2gAwIBAgIUIuUFdrqyfkq1i+SPGLkgwEiYZ1gwBQYDK2VwMDsxCzAJ
BgNVBAYTAkNOMRAwDgYDVQQKDAdFeGFtcGxlMRowGAYDVQQDDBFwb3J0YWwuZXhh
bXBsZS5jbjAeFw0yNjExMzAwMzQ0MzhaFw0yNzExMzAwMzQ0MzhaMDsxCzAJBgNV
BAYTAkNOMRAwDgYDVQQKDAdFeGFtcGxlMRowGAYDVQQDDBFwb3J0YWwuZXhhbXBs
ZS5jbjAqMAUGAytlcAMhAF8EsECSVUn50lKfRS8W5MVJFsG+jUfsvy73I9jA5RtL
o1MwUTAdBgNVHQ4EFgQUuSq7zytmrRaB2cDcF9KwLrMplywwHwYDVR0jBBgwFoAU
uSq7zytmrRaB2cDcF9KwLrMplywwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQC6
IF+H1UQYRtAzee8EUYdSpO4VMW5mQutHIBAEMzCUiIAR2Ks7G0Kw/gGCgvACH5qI
UggMx8EK2NaDCqyH35IE
-----END CERTIFICATE-----`;
const PORTAL = {
  fingerprint: '46cd3eb7c7a956af6623a7fdc6a70686e9c827ce10c1af660433abf9952ea277',
  subject: 'portal.example.cn',
  issuer: 'portal.example.cn',
  validFrom: '2026-11-30',
  validUntil: '2027-11-30',
  algorithm: '',
};

const certificatesOf = async (text: string) =>
  (await readReport(Buffer.from(text))).report.services.flatMap(({ port, certificates }) =>
    certificates.map((one) => ({ port, ...one })),
  );

const REPORTS = {
  testssl: `"id","fqdn/ip","port","severity","finding","cve","cwe"
"cert_numbers","portal.example.cn/10.1.1.1","443","INFO","1","",""
"cert","portal.example.cn/10.1.1.1","443","INFO","${PEM.replaceAll('\n', ' ')}","",""
"intermediate_cert <#1>","portal.example.cn/10.1.1.1","443","INFO","-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----","",""
"SSLv3","portal.example.cn/10.1.1.1","443","HIGH","offered","",""`,
  'sslyze, JSON': JSON.stringify({
    sslyze_version: '5.0.0',
    date_scans_completed: '2026-12-01T00:00:00',
    server_scan_results: [
      {
        server_location: { hostname: 'portal.example.cn', ip_address: '10.1.1.1', port: 443 },
        scan_result: {
          certificate_info: {
            result: { certificate_deployments: [{ received_certificate_chain: [{ as_pem: PEM }, { as_pem: 'x' }] }] },
          },
        },
      },
    ],
  }),
  'sslyze, XML': `<?xml version="1.0"?><document title="SSLyze Scan Results"><results><target host="portal.example.cn" ip="10.1.1.1" port="443">
    <certinfo><receivedCertificateChain><certificate><asPEM>${PEM}</asPEM></certificate><certificate><asPEM>x</asPEM></certificate>
    </receivedCertificateChain></certinfo></target></results></document>`,
  'OpenVAS, XML': `<report><scan_end>2026-12-01T00:00:00Z</scan_end><results><result id="1"><name>Collect and Report Certificate Details</name><host>10.1.1.1</host>
    <port>443/tcp</port><nvt oid="1.3.6.1.4.1.25623.1.0.103692"><name>Certificate details</name></nvt><threat>Log</threat><severity>0.0</severity>
    <description>The following certificate details of the remote service were collected.
Certificate details:
fingerprint (SHA-1) | ED093088706603BFD5DC237399B498DA2D4D31C6
fingerprint (SHA-256) |
46CD3EB7C7A956AF6623A7FDC6A70686E9C827CE10C1AF660433ABF9952EA277
issued by | CN=portal.example.cn,O=Example,
C=CN
public key size (bits) | 256
serial | 00FA
signature algorithm |
subject | CN=portal.example.cn,O=Example,C=CN
subject alternative names (SAN) | None
valid from | 2026-11-30 03:44:38 UTC
valid until | 2027-11-30 03:44:38 UTC</description></result></results></report>`,
};

for (const [format, text] of Object.entries(REPORTS)) {
  test(`${format}: the certificate that a service shows is told with its days, not those above it`, async () => {
    assert.deepEqual(await certificatesOf(text), [{ port: 443, ...PORTAL }]);
  });
}

test('a certificate that cannot be read is known by its fingerprint; without one it is none', async () => {
  const broken = REPORTS.testssl.replace(/MII.*?(?= -----END)/s, 'AAAA');
  const [{ fingerprint, subject, validUntil } = { fingerprint: '', subject: '', validUntil: '' }] =
    await certificatesOf(broken);
  assert.deepEqual([fingerprint.length, subject, validUntil], [64, '', '']);
  assert.deepEqual(await certificatesOf(REPORTS['OpenVAS, XML'].replace(/^fingerprint.*\n(?:46CD.*\n)?/gm, '')), []);
});

const SAMPLES = join(import.meta.dirname, '../../../../../shared/data/scans');
const recorded = { skip: existsSync(SAMPLES) ? false : 'the recorded reports are not here' };

test('recorded reports of the tools that show certificates have them with the day they run out', recorded, async () => {
  const read = (name: string) => certificatesOf(readFileSync(join(SAMPLES, name), 'utf8'));
  const told = async (name: string) =>
    (await read(name)).map(({ port, subject, validUntil }) => [port, subject, validUntil]);
  assert.deepEqual(await told('testssl/overall_critical.csv'), [[443, '*.avn-live.com', '2023-03-11']]);
  assert.deepEqual(await told('openvas/many_vuln.xml'), [[5432, 'ubuntu804-base.localdomain', '2010-04-16']]);
  assert.ok((await told('sslyze/one_target_one_vuln_new.json')).some(([, , day]) => day === '2022-03-15'));
  assert.ok((await told('sslyze/report_two_target_many_vuln.xml')).some(([, name]) => name === 'gitlab.com'));
});
