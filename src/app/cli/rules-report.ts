import { PROBLEMS, type Problem } from '#engine/sigma/problem.ts';

/** One thing that was tested, for JUnit. */
export interface TestCase {
  /** File it belongs to. */
  readonly group: string;
  readonly name: string;
  /** What went wrong, one text each; none = passed. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 knows no control characters but tab and line breaks, and neither of two others. */
const isLegal = (letter: string): boolean => {
  const code = letter.charCodeAt(0);
  return code >= 0x20 ? code !== 0xfffe && code !== 0xffff : code === 9 || code === 10 || code === 13;
};

/** Text for an XML attribute. */
const xml = (text: string): string =>
  Array.from(text, (letter) => (isLegal(letter) ? (ESCAPES[letter] ?? letter) : '\ufffd')).join('');

/** JUnit XML as CI servers read it: one suite a file. */
export function junit(name: string, cases: readonly TestCase[]): string {
  const groups = Map.groupBy(cases, ({ group }) => group);
  const sum = (list: readonly TestCase[]) => ({
    tests: list.length,
    failures: list.filter(({ failures }) => failures.length > 0).length,
    time: list.reduce((total, { seconds }) => total + seconds, 0).toFixed(3),
  });
  const attributes = (values: Readonly<Record<string, string | number>>): string =>
    Object.entries(values)
      .map(([key, value]) => ` ${key}="${xml(String(value))}"`)
      .join('');
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${attributes({ name, ...sum(cases) })}>`];
  for (const [group, list] of groups) {
    lines.push(`  <testsuite${attributes({ name: group, ...sum(list) })}>`);
    for (const { name: title, failures, seconds } of list) {
      const head = attributes({ classname: group, name: title, time: seconds.toFixed(3) });
      if (failures.length === 0) lines.push(`    <testcase${head}/>`);
      else {
        const text = failures.map((failure) => `      <failure message="${xml(failure)}"/>`);
        lines.push(`    <testcase${head}>`, ...text, '    </testcase>');
      }
    }
    lines.push('  </testsuite>');
  }
  return [...lines, '</testsuites>'].join('\n');
}

/** SARIF 2.1.0, which code hosts show beside the lines. */
export function sarif(problems: readonly Problem[]): string {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  const results = problems.map(({ code, severity, message, hint, file, line, column }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: `${message} (${hint})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }));
  const rules = codes.map((id) => ({ id, shortDescription: { text: PROBLEMS[id] } }));
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'tongan', rules } }, columnKind: 'utf16CodeUnits', results }],
    },
    null,
    2,
  );
}
