import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ArchiveError } from '#domain/vulnerabilities/read/archive.ts';
import { readReport, UnknownFormat } from '#domain/vulnerabilities/read/formats.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';

const folder = referenceData('scans');
const skip = folder === undefined && withoutReferenceData('scans');

/**
 * Each sample with its format, the records it holds (findings, with those that repeat one), the records that were left
 * out with a reason, and the hosts or artefacts. The numbers of records were counted in the files by other means:
 * elements of the XML outside comments, members of the JSON, lines of the CSV.
 */
const SAMPLES: readonly (readonly [string, string, number, number, number])[] = [
  ['acunetix/XML_http_example_co_id_.xml', 'acunetix', 19, 0, 1],
  ['acunetix/XML_http_example_co_id_port_num.xml', 'acunetix', 19, 0, 1],
  ['acunetix/acunetix360_many_findings.json', 'acunetix', 16, 0, 1],
  ['acunetix/acunetix360_multiple_cwe.json', 'acunetix', 1, 0, 1],
  ['acunetix/acunetix360_one_finding_accepted_risk.json', 'acunetix', 0, 1, 1],
  ['acunetix/acunetix360_one_finding_false_positive.json', 'acunetix', 0, 1, 1],
  ['acunetix/issue_10370.json', 'acunetix', 1, 0, 1],
  ['acunetix/many_findings.xml', 'acunetix', 4, 0, 1],
  ['acunetix/one_finding.xml', 'acunetix', 1, 0, 1],
  ['acunetix/one_finding_with_port_num.xml', 'acunetix', 1, 0, 1],
  ['acunetix/watson_test_unique.xml', 'acunetix', 1, 0, 1],
  ['anchore_grype/anchore_grype_epss_problem.json', 'grype', 1, 0, 1],
  ['anchore_grype/check_all_fields_different_ids_fabricated.json', 'grype', 1, 0, 1],
  ['anchore_grype/check_all_fields_no_ids_fabricated.json', 'grype', 1, 0, 1],
  ['anchore_grype/check_all_fields_with_ids_fabricated.json', 'grype', 1, 0, 1],
  ['anchore_grype/many_vulns3.json', 'grype', 327, 0, 1],
  ['anchore_grype/many_vulns4.json', 'grype', 9, 0, 1],
  ['anchore_grype/no_vuln.json', 'grype', 0, 0, 1],
  ['anchore_grype/same_cve_different_paths.json', 'grype', 2, 0, 1],
  ['burp/issue4399.xml', 'burp', 441, 0, 1],
  ['burp/one_finding.xml', 'burp', 3, 0, 1],
  ['burp/one_finding_with_cwe.xml', 'burp', 1, 0, 1],
  ['burp/seven_findings.xml', 'burp', 16, 0, 1],
  ['csaf/csaf_unsupported_version.json', 'csaf', 0, 1, 0],
  ['cyclonedx/cyclonedx_bom.xml', 'cyclonedx', 0, 0, 1],
  ['cyclonedx/grype.xml', 'cyclonedx', 327, 0, 1],
  ['cyclonedx/grype_dd_1_14_1.xml', 'cyclonedx', 312, 0, 1],
  ['cyclonedx/jake.xml', 'cyclonedx', 0, 0, 1],
  ['cyclonedx/nested-component-log4j.json', 'cyclonedx', 8, 0, 1],
  ['cyclonedx/no-severity.json', 'cyclonedx', 1, 0, 1],
  ['cyclonedx/spec1.xml', 'cyclonedx', 1, 0, 1],
  ['cyclonedx/spec1_lowfirst.xml', 'cyclonedx', 1, 0, 1],
  ['cyclonedx/valid-vulnerability-1.4.json', 'cyclonedx', 0, 0, 1],
  ['cyclonedx/valid-vulnerability-1.4.xml', 'cyclonedx', 0, 0, 1],
  ['dependency_track/dependency_track_4.10_2024_02_11.json', 'dependency-track', 1, 0, 1],
  ['dependency_track/deptrack_npm_4.14.1.json', 'dependency-track', 22, 0, 1],
  ['dependency_track/many_findings.json', 'dependency-track', 3, 1, 1],
  ['dependency_track/many_findings_with_empty_alias.json', 'dependency-track', 12, 0, 1],
  ['dependency_track/no_findings_because_findings_key_is_missing.json', 'dependency-track', 0, 0, 1],
  ['dependency_track/no_findings_because_findings_key_is_null.json', 'dependency-track', 0, 0, 1],
  ['dependency_track/one_finding_ghsa_empty_aliases.json', 'dependency-track', 1, 0, 1],
  ['nexpose/dns.xml', 'nexpose', 5, 0, 1],
  ['nexpose/many_vulns.xml', 'nexpose', 162, 0, 8],
  ['nexpose/no_vuln.xml', 'nexpose', 1, 0, 1],
  ['nmap/issue4406.xml', 'nmap', 33, 0, 1],
  ['nmap/nmap_0port.xml', 'nmap', 0, 0, 1],
  ['nmap/nmap_script_vulners.xml', 'nmap', 3, 0, 1],
  ['nuclei/empty.jsonl', 'file.empty', 0, 0, 0],
  ['nuclei/issue_9201.json', 'nuclei', 1, 0, 1],
  ['nuclei/many_findings_new.json', 'nuclei', 2, 0, 1],
  ['nuclei/multiple_matches.json', 'nuclei', 2, 0, 1],
  ['nuclei/multiple_v3.json', 'nuclei', 6, 0, 1],
  ['nuclei/no_findings.json', 'file.empty', 0, 0, 0],
  ['openvas/many_vuln.xml', 'openvas', 44, 0, 1],
  ['openvas/no_vuln.csv', 'csv', 0, 0, 0],
  ['openvas/no_vuln.xml', 'openvas', 0, 0, 0],
  ['openvas/one_vuln.csv', 'csv', 1, 0, 1],
  ['openvas/report_combine_v2.csv', 'csv', 2, 0, 1],
  ['openvas/report_detail_v2.xml', 'openvas', 1, 0, 1],
  ['openvex/openvex_not_a_document.json', 'format.unknown', 0, 0, 0],
  ['openvex/openvex_one_vuln.json', 'openvex', 0, 0, 0],
  ['osv_scanner/multi_cwe_fabricated.json', 'osv', 1, 0, 1],
  ['osv_scanner/no_findings.json', 'file.empty', 0, 0, 0],
  ['osv_scanner/some_findings.json', 'osv', 1, 0, 1],
  ['qualys/Qualys_Sample_Report.csv', 'csv', 6, 0, 4],
  ['qualys/Qualys_Sample_Report.xml', 'qualys', 301, 0, 7],
  ['qualys/empty.csv', 'csv', 0, 0, 0],
  ['sarif/appendix_k1.sarif', 'sarif', 0, 0, 1],
  ['sarif/appendix_k3.sarif', 'sarif', 1, 0, 1],
  ['sarif/blackduck_nested_fingerprints.sarif', 'sarif', 5, 0, 1],
  ['sarif/issue_10191.json', 'sarif', 77, 0, 1],
  ['sarif/njsscan.sarif', 'sarif', 2, 0, 1],
  ['sarif/semgrepowasp-benchmark-sample.sarif', 'sarif', 1768, 0, 1],
  ['sarif/spotbugs.sarif', 'sarif', 56, 0, 1],
  ['spdx/spdx_one_vuln.json', 'spdx', 1, 0, 1],
  ['sslscan/sslscan_no_vuln.xml', 'sslscan', 1, 0, 1],
  ['sslscan/sslscan_one_vuln.xml', 'sslscan', 2, 0, 1],
  ['sslyze/issue_9848.json', 'sslyze', 2, 0, 1],
  ['sslyze/one_target_many_vuln_old.json', 'sslyze', 4, 0, 1],
  ['sslyze/one_target_one_vuln_new.json', 'sslyze', 0, 0, 1],
  ['sslyze/one_target_zero_vuln_new.json', 'sslyze', 0, 0, 1],
  ['sslyze/one_target_zero_vuln_old.json', 'sslyze', 0, 0, 1],
  ['sslyze/report_two_target_many_vuln.xml', 'sslscan', 4, 0, 2],
  ['tenable/nessus/issue_6992.nessus', 'nessus', 1, 0, 1],
  ['tenable/nessus/nessus-template.csv', 'csv', 5, 0, 2],
  ['tenable/nessus/nessus_many_vuln2-all.csv', 'csv', 30, 0, 1],
  ['tenable/nessus_was/nessus_was_many_vuln.xml', 'nessus', 5, 0, 1],
  ['tenable/nessus_was/nessus_was_no_vuln.xml', 'nessus', 0, 0, 1],
  ['tenable/nessus_was/nessus_was_one_vuln.xml', 'nessus', 1, 0, 1],
  ['testssl/defectdojo_no_vuln.csv', 'csv', 0, 0, 0],
  ['testssl/demo2.csv', 'csv', 6, 0, 1],
  ['testssl/failed_target.csv', 'csv', 0, 1, 0],
  ['testssl/many_cves.csv', 'csv', 1, 0, 1],
  ['testssl/overall_critical.csv', 'csv', 198, 0, 1],
  ['testssl/overall_medium.csv', 'csv', 10, 0, 1],
  ['testssl/references.csv', 'csv', 56, 0, 1],
  ['trivy/issue_10991.json', 'trivy', 37, 0, 13],
  ['trivy/issue_14136.json', 'trivy', 1, 0, 1],
  ['trivy/issue_9092.json', 'trivy', 1, 0, 1],
  ['trivy/kubernetes_fabricated_internal_duplicates.json', 'trivy', 13, 0, 2],
  ['trivy/kubernetes_fabricated_internal_duplicates_subset.json', 'trivy', 5, 0, 2],
  ['trivy/legacy_many_vulns.json', 'trivy', 93, 0, 1],
  ['trivy/legacy_no_vuln.json', 'trivy', 0, 0, 0],
  ['trivy/legacy_trivy_mix.json', 'trivy', 6, 1, 6],
  ['trivy/scheme_2_no_vuln.json', 'trivy', 0, 0, 1],
  ['trivy/severity_prio.json', 'trivy', 2, 0, 1],
  ['wazuh/v4-7_no_findings.json', 'wazuh', 0, 0, 0],
  ['wazuh/v4-7_one_finding.json', 'wazuh', 1, 0, 1],
  ['wazuh/v4-7_one_finding_with_endpoint.json', 'wazuh', 1, 0, 1],
  ['wazuh/v4-8_many_findings.json', 'wazuh', 10, 0, 2],
  ['wazuh/wazuh_abnormal_severity.json', 'wazuh', 1, 0, 1],
  ['zap/0_zap_sample.xml', 'zap', 12, 0, 1],
  ['zap/0_zap_sample_without_zap3.xml', 'zap', 11, 0, 1],
  ['zap/1_zap_sample_0_and_new_absent.xml', 'zap', 12, 0, 1],
  ['zap/5_zap_sample_one.xml', 'zap', 6, 0, 1],
  ['zap/dvwa_baseline_dojo.xml', 'zap', 124, 0, 1],
  ['zap/dvwa_baseline_dojo_fabricated_internal_duplicates.xml', 'zap', 123, 0, 1],
  ['zap/dvwa_baseline_dojo_fabricated_internal_duplicates_subset.xml', 'zap', 75, 0, 1],
  ['zap/juicy2.xml', 'zap', 86, 0, 1],
  ['zap/zap-results-first-scan.xml', 'zap', 130, 0, 1],
  ['zap/zap-results-second-scan.xml', 'zap', 126, 0, 1],
];

test('every sample is recognised by its content and gives exactly the records it holds', { skip }, async () => {
  const wrong: unknown[] = [];
  for (const [name, format, records, problems, targets] of SAMPLES) {
    const bytes = readFileSync(join(folder ?? '', name));
    const found = await readReport(bytes).then(
      ({ report }) => [
        name,
        report.format,
        report.findings.length + report.repeated,
        report.problemCount,
        report.targets.length,
      ],
      (error: unknown) => [name, error instanceof UnknownFormat ? error.reason : String(error), 0, 0, 0],
    );
    if (JSON.stringify(found) !== JSON.stringify([name, format, records, problems, targets])) wrong.push(found);
  }
  assert.deepEqual(wrong, []);
});

test('no sample is left out of the table', { skip }, () => {
  const names = readdirSync(folder ?? '', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice((folder ?? '').length + 1));
  assert.deepEqual(names.sort(), SAMPLES.map(([name]) => name).sort());
});

test('a sample that is cut or has bytes changed is refused or read in part, and never anything else', {
  skip,
}, async () => {
  const names = SAMPLES.map(([name]) => name).filter((name) => readFileSync(join(folder ?? '', name)).length < 60_000);
  const FUZZ_MS = 20_000;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.tuple(fc.nat(60_000), fc.nat(255)), { maxLength: 8 }),
      async (name, share, changes) => {
        const whole = readFileSync(join(folder ?? '', name));
        const bytes = Buffer.from(whole.subarray(0, Math.floor(whole.length * share)));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        try {
          const { report } = await readReport(bytes);
          for (const finding of report.findings) assert.ok(finding.title !== '' && finding.target !== '');
        } catch (error) {
          assert.ok(error instanceof UnknownFormat || error instanceof ArchiveError, `${name}: ${String(error)}`);
        }
      },
    ),
    { numRuns: 300, interruptAfterTimeLimit: FUZZ_MS },
  );
});
