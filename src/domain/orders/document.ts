import {
  AlignmentType,
  BorderStyle,
  Document,
  Footer,
  LineRuleType,
  Packer,
  PageNumber,
  Paragraph,
  type ParagraphChild,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from 'docx';
import type { EvidenceLine, OrderKind } from './order.ts';
import { chineseDate } from './proposal.ts';
import { kindOf } from './standards.ts';

/** What the printed order says. */
export interface PrintedOrder {
  readonly kind: OrderKind;
  readonly authority: string;
  readonly authorityBasis: string;
  readonly number: string | null;
  readonly title: string;
  readonly unitName: string;
  readonly body: string;
  readonly advice: string;
  readonly evidence: readonly EvidenceLine[];
  readonly deadlineAt: Date | null;
  readonly deadlineProvisional: boolean;
  readonly enclosures: readonly string[];
  readonly issuedAt: Date | null;
}

/** Fonts and sizes of GB/T 9704-2012 (党政机关公文格式); a machine without them falls back to its own. */
const SONG = '方正小标宋简体';
const FANGSONG = '仿宋_GB2312';
const HEI = '黑体';
const RED = 'FF0000';
/** Half points: 二号 22 pt, 三号 16 pt, 小四 12 pt. */
const SIZE_2 = 44;
const SIZE_3 = 32;
const SIZE_TABLE = 24;
/** 28 pt between lines gives 22 lines a page. */
const LINE = { line: 560, lineRule: LineRuleType.EXACT };
const TWO_CHARACTERS = 640;
const MM = 56.69;

/** What XML 1.0 cannot hold would make the whole document unreadable: control characters, half surrogate pairs. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ').toWellFormed();

const run = (text: string, size = SIZE_3, font = FANGSONG, rest: { color?: string; bold?: boolean } = {}): TextRun =>
  new TextRun({ text: printable(text), size, font: { ascii: font, eastAsia: font, hAnsi: font }, ...rest });

const line = (
  children: readonly ParagraphChild[],
  rest: {
    alignment?: (typeof AlignmentType)[keyof typeof AlignmentType];
    first?: number;
    right?: number;
    before?: number;
  } = {},
): Paragraph =>
  new Paragraph({
    children,
    spacing: { ...LINE, ...(rest.before ? { before: rest.before } : {}) },
    ...(rest.alignment ? { alignment: rest.alignment } : {}),
    indent: { firstLine: rest.first ?? 0, right: rest.right ?? 0 },
  });

const body = (text: string): Paragraph => line([run(text)], { first: TWO_CHARACTERS, alignment: AlignmentType.BOTH });
const heading = (text: string): Paragraph => line([run(text, SIZE_3, HEI)], { first: TWO_CHARACTERS });
const paragraphs = (text: string): Paragraph[] =>
  text
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(body);

/** 版头: name of the authority in red, number, red line. */
function head(order: PrintedOrder): Paragraph[] {
  return [
    new Paragraph({
      alignment: AlignmentType.CENTER,
      spacing: { before: 400, after: 400 },
      children: [run(order.authority, 52, SONG, { color: RED })],
    }),
    new Paragraph({
      alignment: AlignmentType.CENTER,
      spacing: { after: 80 },
      children: [run(order.number ?? '（未编号）')],
      border: { bottom: { style: BorderStyle.SINGLE, size: 18, color: RED, space: 4 } },
    }),
    new Paragraph({
      alignment: AlignmentType.CENTER,
      spacing: { before: 480, after: 320 },
      children: [run(order.title, SIZE_2, SONG)],
    }),
  ];
}

const MINUTE_FORMAT = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'short',
});

const cell = (text: string, width: number, font = FANGSONG): TableCell =>
  new TableCell({
    width: { size: width, type: WidthType.PERCENTAGE },
    children: [new Paragraph({ children: [run(text, SIZE_TABLE, font)] })],
  });

function evidenceTable(evidence: readonly EvidenceLine[]): Table {
  const rows = evidence.map(
    ({ at, title, text }) =>
      new TableRow({ children: [cell(MINUTE_FORMAT.format(new Date(at)), 24), cell(title, 32), cell(text, 44)] }),
  );
  const top = new TableRow({
    tableHeader: true,
    children: [cell('时间', 24, HEI), cell('情况', 32, HEI), cell('线索（已脱敏）', 44, HEI)],
  });
  return new Table({ width: { size: 100, type: WidthType.PERCENTAGE }, rows: [top, ...rows] });
}

/** By when to answer, as a sentence with its date. */
function deadlineSentence(order: PrintedOrder): string {
  if (order.deadlineAt === null) return '办理时限自签发之日起计算。';
  const provisional = order.deadlineProvisional ? '（所涉年度节假日安排尚未公布，如有调整另行通知）' : '';
  return `请于${chineseDate(order.deadlineAt)}${MINUTE_FORMAT.format(order.deadlineAt).split(' ').at(-1)}前通过平台完成反馈${provisional}。不属于本单位职责的，请在签收环节说明理由退回。`;
}

function main(order: PrintedOrder): (Paragraph | Table)[] {
  return [
    line([run(`${order.unitName}：`)]),
    heading('一、基本情况'),
    body(`根据${order.authorityBasis}，现将有关情况通知如下。`),
    ...paragraphs(order.body),
    ...(order.evidence.length > 0 ? [evidenceTable(order.evidence)] : []),
    ...(order.advice === '' ? [] : [heading('二、处置建议'), ...paragraphs(order.advice)]),
    heading(order.advice === '' ? '二、时限要求' : '三、时限要求'),
    body(deadlineSentence(order)),
  ];
}

/** 附件说明, 发文机关署名, 成文日期. */
function foot(order: PrintedOrder): Paragraph[] {
  const enclosures = order.enclosures.map((name, index) =>
    line([run(index === 0 ? `附件：${index + 1}. ${name}` : `　　　${index + 1}. ${name}`)], {
      first: TWO_CHARACTERS,
      ...(index === 0 ? { before: 560 } : {}),
    }),
  );
  const date = order.issuedAt === null ? '（签发后填写日期）' : chineseDate(order.issuedAt);
  return [
    ...enclosures,
    line([run(order.authority)], { alignment: AlignmentType.RIGHT, right: TWO_CHARACTERS, before: 1120 }),
    line([run(date)], { alignment: AlignmentType.RIGHT, right: TWO_CHARACTERS * 2 }),
  ];
}

/**
 * The order as an official document (GB/T 9704-2012: 版头、发文字号、标题、主送机关、正文、附件说明、署名、成文日期).
 * @returns the bytes of a .docx file
 */
export async function printOrder(order: PrintedOrder): Promise<Uint8Array> {
  const page = {
    size: { width: 210 * MM, height: 297 * MM },
    margin: { top: 37 * MM, left: 28 * MM, right: 26 * MM, bottom: 35 * MM },
  };
  const pageNumber = new Paragraph({
    alignment: AlignmentType.CENTER,
    children: [new TextRun({ children: ['— ', PageNumber.CURRENT, ' —'], size: 28, font: '宋体' })],
  });
  const document = new Document({
    title: printable(order.title),
    creator: printable(order.authority),
    description: kindOf(order.kind).zh,
    sections: [
      {
        properties: { page },
        footers: { default: new Footer({ children: [pageNumber] }) },
        children: [...head(order), ...main(order), ...foot(order)],
      },
    ],
  });
  return new Uint8Array(await Packer.toArrayBuffer(document));
}
