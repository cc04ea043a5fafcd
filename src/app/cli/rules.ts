import type { Command, Io } from './command.ts';
import { checkRules } from './rules-check.ts';
import { convertRules } from './rules-convert.ts';
import { explainRules } from './rules-explain.ts';
import { isUsageFault } from './rules-load.ts';
import { testRules } from './rules-test.ts';

type Run = (args: readonly string[], io: Io) => Promise<number>;

const VERBS: Readonly<Record<string, { readonly run: Run; readonly usage: string }>> = {
  check: { run: checkRules, usage: 'PATH… [--format text|json|junit|sarif] [--sources] [--strict]' },
  test: { run: testRules, usage: 'PATH… [--format text|junit] [--verbose]' },
  explain: { run: explainRules, usage: 'RULE EVENTS [--format text|json] [--source KIND]' },
  convert: { run: convertRules, usage: 'PATH… [--to sql]' },
};

/** Works with Sigma rules as files: no server, no database. */
export const rulesCommand: Command = {
  name: 'rules',
  summary: 'Checks, tests, explains and converts Sigma rules: no server needed',
  usage: 'check|test|explain|convert PATH… [--time-zone ZONE]',
  verbs: Object.fromEntries(Object.entries(VERBS).map(([verb, { usage }]) => [verb, usage])),
  async run([verb, ...args], io) {
    const chosen = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (!chosen) {
      for (const [name, { usage }] of Object.entries(VERBS)) io.err(`  tongan rules ${name} ${usage}`);
      return 2;
    }
    try {
      return await chosen.run(args, io);
    } catch (error) {
      if (!isUsageFault(error)) throw error;
      io.err(`${error.message}\n  tongan rules ${verb} ${chosen.usage}`);
      return 2;
    }
  },
};
