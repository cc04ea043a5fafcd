import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AffectedProduct, Judgement } from '#engine/versions/affected.ts';
import type { GradeRule, VulnerabilityGrade } from '#engine/vulnerability/grade.ts';
import type { Priority, PriorityReasons } from '#engine/vulnerability/priority.ts';
import type { Confidence, PlaceKind, ReportProblem } from '#engine/vulnerability/report.ts';
import type { AdvisoryCounts } from './advisory/advisory.ts';
import type { ImportCounts, ImportOptions, SheetState, TargetCounts } from './import/import.ts';
import type { MendingPolicy } from './standards.ts';
import type { IssueState } from './workflow.ts';

type Json<Value> = ColumnType<Value, string, string>;

interface ImportTable {
  id: string;
  unit_path: string;
  file_name: string;
  sha256: string;
  bytes: number;
  format: string;
  tool: string;
  options: Json<ImportOptions>;
  scanned_at: Date;
  partial: boolean;
  state: 'preview' | 'applying' | 'applied' | 'discarded' | 'undoing' | 'undone';
  undoable: Generated<boolean>;
  undone_issues: Generated<number>;
  kept_issues: Generated<number>;
  undone_observations: Generated<number>;
  undone_assets: Generated<number>;
  kept_assets: Generated<number>;
  counts: Json<ImportCounts>;
  problems: Json<readonly ReportProblem[]>;
  sheet: ColumnType<SheetState | null, string | null, string | null>;
  created_by: string;
  created_by_name: string;
  created_at: Date;
  applied_at: Date | null;
}

interface CoverageTable {
  import_id: string;
  position: number;
  unit_path: string;
  target: string;
  names: string[];
  target_key: string;
  asset_id: string | null;
  found_by: string[];
  alive: boolean;
  credentialed: boolean | null;
  ports: string;
  scanned_at: Date;
  counts: Json<TargetCounts>;
  applied: Generated<boolean>;
}

interface IssueTable {
  id: string;
  unit_path: string;
  target_key: string;
  issue_key: string;
  asset_id: string | null;
  target: string;
  primary_id: string;
  title: string;
  ids: string[];
  grade: Exclude<VulnerabilityGrade, 'info'>;
  score: number | null;
  confidence: Confidence;
  place: string;
  tools: string[];
  solution: string;
  installed_version: string;
  fixed_version: string;
  state: IssueState;
  priority: Priority;
  reasons: Json<PriorityReasons>;
  first_seen_at: Date;
  last_seen_at: Date;
  closed_at: Date | null;
  state_at: Date;
  regressions: Generated<number>;
  deadline_at: Generated<Date | null>;
  deadline_days: Generated<number | null>;
  deadline_provisional: Generated<boolean>;
  calendar_version: Generated<string>;
  order_id: Generated<string | null>;
  changed_at: Date;
  version: Generated<number>;
}

interface FindingTable {
  id: string;
  unit_path: string;
  issue_id: string;
  target_key: string;
  finding_key: string;
  tool: string;
  rule: string;
  title: string;
  ids: string[];
  grade: VulnerabilityGrade;
  graded_by: GradeRule;
  score: number | null;
  confidence: Confidence;
  place_kind: PlaceKind;
  place: string;
  evidence: string;
  solution: string;
  installed_version: string;
  fixed_version: string;
  open: boolean;
  credentialed: boolean;
  ports: string;
  first_seen_at: Date;
  last_seen_at: Date;
  closed_at: Date | null;
  first_import_id: string;
  last_import_id: string;
  withdrawn_at: Generated<Date | null>;
}

/** What an import changed, as it was before. Written by triggers, except what was installed. */
interface ImportBeforeTable {
  import_id: string;
  kind: 'issue' | 'finding' | 'acceptance' | 'software';
  object_id: string;
  unit_path: string;
  was: ColumnType<Readonly<Record<string, unknown>> | null, string | null, never>;
  said: Generated<'' | 'same' | 'gone'>;
  saw: ColumnType<Readonly<Record<string, unknown>> | null, string | null | undefined, never>;
  step_before: Generated<number>;
  step_after: Generated<number>;
  key_after: Generated<string>;
  written_in: GeneratedAlways<number>;
  kept_because: Generated<string>;
  settled: Generated<boolean>;
}

interface StepTable {
  id: string;
  position: GeneratedAlways<number>;
  unit_path: string;
  issue_id: string;
  at: Date;
  action: string;
  from_state: IssueState;
  to_state: IssueState;
  by_id: string;
  by_name: string;
  by_side: string;
  text: string;
}

interface IntelligenceTable {
  id: string;
  exploited: Generated<boolean>;
  exploited_since: string | null;
  ransomware: Generated<boolean>;
  name: Generated<string>;
  product: Generated<string>;
  probability: number | null;
  percentile: number | null;
}

interface FeedTable {
  kind: 'kev' | 'epss';
  version: string;
  published_at: Date | null;
  entries: number;
  sha256: string;
  loaded_at: Date;
  loaded_by_name: string;
}

interface AcceptanceTable {
  id: string;
  unit_path: string;
  approver_path: string;
  approver_name: string;
  issue_id: string;
  title: string;
  primary_id: string;
  grade: IssueTable['grade'];
  priority: Priority;
  why: Json<{ zh: string; en: string }>;
  asset_name: string;
  unit_name: string;
  reason: string;
  compensation: string;
  expires_at: Date;
  state: 'asked' | 'approved' | 'denied' | 'withdrawn' | 'expired' | 'ended';
  asked_by: string;
  asked_by_name: string;
  asked_at: Date;
  decided_by: string | null;
  decided_by_name: Generated<string>;
  decided_at: Date | null;
  decision: Generated<string>;
}

interface SoftwareTable {
  target_key: string;
  tool: string;
  unit_path: string;
  asset_id: string | null;
  target: string;
  name: string;
  version: string;
  ecosystem: string;
  purl: string;
  cpe: string;
  seen_by: 'package' | 'banner';
  name_keys: string[];
  seen_at: Date;
}

interface AdvisoryTable {
  id: string;
  unit_path: string;
  title: string;
  ids: string[];
  grade: IssueTable['grade'];
  summary: string;
  advice: string;
  products: Json<readonly AffectedProduct[]>;
  state: 'open' | 'closed';
  counts: Json<AdvisoryCounts>;
  matched_at: Date | null;
  created_by_name: string;
  created_at: Date;
}

interface MatchTable {
  advisory_id: string;
  target_key: string;
  unit_path: string;
  asset_id: string | null;
  target: string;
  software: string;
  verdict: Judgement['verdict'];
  confidence: Confidence;
  reason: string;
}

interface QuestionTable {
  id: string;
  advisory_id: string;
  unit_path: string;
  title: string;
  ids: string[];
  grade: IssueTable['grade'];
  summary: string;
  advice: string;
  assets: string[];
  asset_count: number;
  asked_at: Date;
  answer: Generated<'not_affected' | 'fixed' | 'at_risk' | null>;
  note: Generated<string>;
  answered_by_name: Generated<string>;
  answered_at: Date | null;
}

interface PolicyTable {
  revision: number;
  policy: Json<MendingPolicy>;
  reason: string;
  set_at: Date;
  set_by: string;
  set_by_name: string;
}

interface SheetProfileTable {
  unit_path: string;
  headings_key: string;
  mapping: Json<string[]>;
  changed_at: Date;
  changed_by_name: string;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    vulnerability_import: ImportTable;
    vulnerability_policy: PolicyTable;
    vulnerability_sheet_profile: SheetProfileTable;
    vulnerability_coverage: CoverageTable;
    vulnerability_issue: IssueTable;
    vulnerability_finding: FindingTable;
    vulnerability_import_before: ImportBeforeTable;
    vulnerability_step: StepTable;
    vulnerability_intelligence: IntelligenceTable;
    vulnerability_feed: FeedTable;
    vulnerability_acceptance: AcceptanceTable;
    vulnerability_software: SoftwareTable;
    vulnerability_advisory: AdvisoryTable;
    vulnerability_match: MatchTable;
    vulnerability_question: QuestionTable;
  }
}
