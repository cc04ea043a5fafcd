import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { writeXlsx } from 'hucre';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { contentOf } from '#platform/sheet.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { eachAsset } from '../all.ts';
import { changesOf } from '../history/store.ts';
import { importJob } from '../jobs.ts';
import type { Filter } from '../query.ts';
import { resolveAsset } from '../resolve.ts';
import { applyImport, discardImport, remapImport, runImport, uploadSheet } from './actions.ts';
import { archiveFault } from './archive.ts';
import { assetSheet, template } from './export.ts';
import { readSheet } from './read.ts';
import { findImport, importsOfAsset } from './store.ts';

const UNIT = '/450000/450100/nn-health/';
const OTHER = '/450000/450200/lz-health/';

let platform: TestPlatform;
let officer: Ctx;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: [importJob] });
  await platform.asOwner(`
    INSERT INTO division (code, name, level, parent_code, path, standard_version) VALUES
      ('450000', '广西壮族自治区', 'region', NULL, '/450000/', 't'),
      ('450100', '南宁市', 'city', '450000', '/450000/450100/', 't'),
      ('450200', '柳州市', 'city', '450000', '/450000/450200/', 't')
      ON CONFLICT DO NOTHING;
    INSERT INTO unit (id, code, name, short_name, kind, sector, division_code, unit_path, created_at, changed_at) VALUES
      ('00000000-0000-7000-8000-000000000001', 'nn-health', '南宁市卫生健康委员会', '市卫健委', 'member', 'health', '450100', '${UNIT}', now(), now()),
      ('00000000-0000-7000-8000-000000000002', 'lz-health', '柳州市卫生健康委员会', '柳州卫健委', 'member', 'health', '450200', '${OTHER}', now(), now())`);
  officer = platform.as({ roles: ['unit_officer'], path: UNIT });
});
after(() => platform.close());

const assetsOf = (ctx: Ctx, filter: Filter) => Array.fromAsync(eachAsset(ctx, filter));
const csv = (lines: readonly string[]): Uint8Array => Buffer.from(lines.join('\r\n'), 'utf8');

async function importOf(ctx: Ctx, id: string) {
  const found = await ctx.read((db) => findImport(db, id));
  assert.ok(found !== undefined);
  return found;
}

const rowsOf = (id: string, ctx: Ctx = officer) =>
  ctx.read((db) =>
    db.selectFrom('asset_import_row').selectAll().where('import_id', '=', id).orderBy('row_number').execute(),
  );

async function imported(ctx: Ctx, bytes: Uint8Array, name = '台账.csv') {
  const { id } = await uploadSheet(ctx, name, bytes);
  await applyImport(ctx, { id });
  await runImport(platform.system, id);
  return importOf(ctx, id);
}

const firstReason = (row: { reasons: unknown } | undefined) =>
  (row?.reasons as { reason: string; detail: string }[] | undefined)?.[0];
const fieldsOf = (changes: unknown) => (changes as { field: string }[]).map(({ field }) => field);

const isCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const isReason = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

const SHEET = [
  '南宁市卫生健康委员会资产台账,,,,,',
  '序号,资产名称,类型,IP地址,主机名,主管单位,资产编号',
  '1,门户网站,应用系统,10.1.1.10,web01,南宁市卫生健康委员会,A-1',
  '2,挂号数据库,数据库,10.1.1.20;10.1.1.21,db01,,A-2',
  '3,办公终端,终端,10.1.9.300,pc01,,A-3',
  '4,,终端,10.1.9.4,,,',
  '5,重复的门户,应用系统,10.1.1.10,web09,,A-5',
];

test('a preview says of each row what will become of it and why, and writes nothing', async () => {
  const { id } = await uploadSheet(officer, '台账.csv', csv(SHEET));
  const preview = await importOf(officer, id);
  assert.equal(preview.headingRow, 2);
  assert.deepEqual(preview.counts, { create: 2, update: 0, same: 0, conflict: 1, skip: 2 });
  const rows = await rowsOf(id);
  assert.deepEqual(
    rows.map((row) => [
      row.row_number,
      row.verdict,
      (row.reasons as { reason: string; detail: string }[])[0]?.reason ?? '',
    ]),
    [
      [3, 'create', ''],
      [4, 'create', ''],
      [5, 'skip', 'value.invalid'],
      [6, 'skip', 'name.missing'],
      [7, 'conflict', 'row.repeats'],
    ],
  );
  assert.equal(firstReason(rows[4])?.detail, '3');
  assert.equal((await assetsOf(officer, {})).length, 0);
  await discardImport(officer, { id });
});

test('an accepted import is written once, with the triple found by name; the same file again changes nothing', async () => {
  const first = await imported(officer, csv(SHEET));
  assert.equal(first.state, 'applied');
  assert.equal(first.appliedRows, 2);
  const assets = await officer.read((db) => db.selectFrom('asset').selectAll().orderBy('code').execute());
  assert.deepEqual(
    assets.map((asset) => [asset.code, asset.kind, asset.supervised_by]),
    [
      ['A-1', 'application', '00000000-0000-7000-8000-000000000001'],
      ['A-2', 'data', null],
    ],
  );
  const portal = assets[0]?.id ?? '';
  const [history] = await officer.read((db) => importsOfAsset(db, portal, 10));
  assert.deepEqual([history?.importId, history?.rowNumber, history?.created], [first.id, 3, true]);
  const changes = await officer.read((db) => changesOf(db, portal));
  assert.deepEqual(
    changes.map(({ by, via, reference }) => [by, via, reference]),
    [[officer.actor.name, 'imported', first.id]],
    'the person who accepted it, not the platform that wrote it',
  );
  await runImport(platform.system, first.id);
  const second = await imported(officer, csv(SHEET));
  assert.deepEqual(second.counts, { create: 0, update: 0, same: 2, conflict: 1, skip: 2 });
  const again = await officer.read((db) => db.selectFrom('asset').selectAll().orderBy('code').execute());
  assert.deepEqual(again, assets);
});

test('GB18030 text, a byte order mark and semicolons are understood', async () => {
  const header = Buffer.from('d7cab2fac3fbb3c62c4950b5d8d6b70d0a', 'hex');
  const gb = Buffer.concat([header, Buffer.from('b2e2cad4d6f7bbfa2c31302e332e332e330d0a', 'hex')]);
  const sheet = await readSheet(gb);
  assert.equal(sheet.encoding, 'gb18030');
  assert.deepEqual(
    sheet.rows.map(({ cells }) => cells),
    [
      ['资产名称', 'IP地址'],
      ['测试主机', '10.3.3.3'],
    ],
  );
  const marked = await readSheet(Buffer.from('\uFEFF资产名称;备注\n甲;"多行\n文字"\n', 'utf8'));
  assert.deepEqual(
    marked.rows.map(({ cells }) => cells),
    [
      ['资产名称', '备注'],
      ['甲', '多行\n文字'],
    ],
  );
  const wide = await readSheet(Buffer.from('\uFEFF资产名称\t备注\n甲\t乙\n', 'utf16le'));
  assert.deepEqual(wide.rows[1]?.cells, ['甲', '乙']);
});

test('a changed sheet updates what it says, leaves what it does not say, and never moves an address in silence', async () => {
  await imported(
    officer,
    csv(['资产名称,资产编号,IP地址,责任人', '财务系统,B-1,10.5.0.1,张三', '人事系统,B-2,10.5.0.2,李四']),
  );
  const { id } = await uploadSheet(
    officer,
    'b.csv',
    csv([
      '资产名称,资产编号,IP地址,责任人',
      '财务系统,B-1,10.5.0.9,',
      '新系统,,10.5.0.2,王五',
      '人事系统,B-9,10.5.0.2,赵六',
    ]),
  );
  const rows = await rowsOf(id);
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['update', 'conflict', 'conflict'],
  );
  assert.deepEqual(fieldsOf(rows[0]?.changes), ['addresses']);
  assert.equal(firstReason(rows[1])?.reason, 'address.of.another');
  await applyImport(officer, { id });
  await runImport(platform.system, id);
  const [asset] = await assetsOf(officer, { text: 'B-1' });
  assert.deepEqual(asset?.facts.addresses, ['10.5.0.9']);
  assert.equal(asset?.facts.responsiblePerson, '张三');
});

test('another meaning of a column gives another preview', async () => {
  const { id } = await uploadSheet(officer, 'm.csv', csv(['设备,地址', '打印机,10.6.0.1']));
  assert.deepEqual((await importOf(officer, id)).counts.skip, 1);
  await remapImport(officer, { id, mapping: ['name', 'addresses'] });
  assert.deepEqual((await importOf(officer, id)).counts.create, 1);
  await assert.rejects(remapImport(officer, { id, mapping: ['name', 'name'] }), isCode('invalid_input'));
  await assert.rejects(remapImport(officer, { id, mapping: ['name'] }), isCode('invalid_input'));
  await discardImport(officer, { id });
  await assert.rejects(applyImport(officer, { id }), isCode('conflict'));
});

test('a unit imports for itself only, and sees neither the imports nor the assets of others', async () => {
  const sheet = csv(['资产名称,所属单位', '自己的,市卫健委', '别人的,柳州卫健委']);
  const { id } = await uploadSheet(officer, 'u.csv', sheet);
  assert.deepEqual((await importOf(officer, id)).counts, { create: 1, update: 0, same: 0, conflict: 0, skip: 1 });
  const other = platform.as({ roles: ['unit_officer'], path: OTHER });
  await assert.rejects(applyImport(other, { id }), isCode('not_found'));
  assert.equal((await rowsOf(id, other)).length, 0);
  assert.equal((await assetsOf(other, {})).length, 0);
  const leader = platform.as({ roles: ['unit_leader'], path: UNIT });
  await assert.rejects(uploadSheet(leader, 'u.csv', sheet), isCode('forbidden'));
});

test('an import that stopped half way goes on and writes each row once', async () => {
  const lines = Array.from({ length: 1200 }, (_, index) => `批量${index},10.20.${index >> 8}.${index & 255}`);
  const { id } = await uploadSheet(officer, 'bulk.csv', csv(['资产名称,IP地址', ...lines]));
  await applyImport(officer, { id });
  await Promise.all([runImport(platform.system, id), runImport(platform.system, id)]);
  await runImport(platform.system, id);
  const done = await importOf(officer, id);
  assert.equal(done.state, 'applied');
  assert.equal((await assetsOf(officer, { text: '批量' })).length, 1200);
});

test('an export is imported again without a change, in both formats', async () => {
  const assets = (await assetsOf(officer, {})).map(({ facts }) => ({
    unit: '市卫健委',
    facts,
  }));
  for (const [name, bytes] of [
    ['e.xlsx', await buffer(contentOf(assetSheet({ assets, attributes: [] }), 'xlsx'))],
    ['e.csv', await buffer(contentOf(assetSheet({ assets, attributes: [] }), 'csv'))],
  ] as const) {
    const { id } = await uploadSheet(officer, name, bytes);
    const { counts } = await importOf(officer, id);
    assert.deepEqual(counts, { create: 0, update: 0, same: assets.length, conflict: 0, skip: 0 }, name);
  }
  const sheet = await readSheet(await template(undefined, []));
  assert.equal(sheet.rows.length, 1);
});

test('a value that would run as a formula leaves the platform as text', async () => {
  await imported(officer, csv(['资产名称,资产编号', '"=HYPERLINK(""http://evil"",""x"")",F-1']));
  const assets = (await assetsOf(officer, { text: 'F-1' })).map(({ facts }) => ({
    unit: '',
    facts,
  }));
  const [, row] = (await readSheet(await buffer(contentOf(assetSheet({ assets, attributes: [] }), 'csv')))).rows;
  assert.ok(row?.cells.some((cell) => cell.startsWith("'=HYPERLINK")));
});

/** A zip file with one entry, whose declared size may be a lie. */
function zipWith(name: string, content: Buffer, declared: number): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(declared, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(declared, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}

test('hostile files are refused with what to do, and the platform goes on', async () => {
  const zeros = Buffer.alloc(300_000);
  const huge = 460 * 1024 * 1024;
  await assert.rejects(readSheet(zipWith('xl/workbook.xml', zeros, huge)), isReason('asset.import.unpacks'));
  await assert.rejects(readSheet(zipWith('xl/workbook.xml', zeros, 100)), isReason('asset.import.unreadable'));
  await assert.rejects(readSheet(Buffer.alloc(65 * 1024 * 1024)), isCode('too_large'));
  await assert.rejects(readSheet(Buffer.from('PK\x03\x04nothing')), isCode('invalid_input'));
  await assert.rejects(readSheet(Buffer.from('d0cf11e0a1b11ae100', 'hex')), isCode('invalid_input'));
  const many = Buffer.from(`资产名称\n${'x\n'.repeat(200_001)}`);
  await assert.rejects(readSheet(many), isReason('asset.import.rows'));
  const broad = Buffer.from(`${'h,'.repeat(150)}h\n`);
  await assert.rejects(readSheet(broad), isReason('asset.import.columns'));
  await assert.rejects(uploadSheet(officer, 'empty.csv', Buffer.from('')), isCode('invalid_input'));
  const sheet = await writeXlsx({
    sheets: [
      {
        name: 's',
        rows: [
          ['资产名称', '__proto__'],
          ['甲', 'x'],
        ],
      },
    ],
  });
  assert.deepEqual((await readSheet(sheet)).rows[1]?.cells, ['甲', 'x']);
});

test('a container that unpacks past the limit is found whatever size it declares', async () => {
  const limits = { entriesMax: 5, bytesMax: 100_000 };
  const zeros = Buffer.alloc(300_000);
  assert.equal(await archiveFault(zipWith('a', zeros, 300_000), limits), 'unpacks_too_large');
  assert.equal(await archiveFault(zipWith('a', zeros, 10), limits), 'damaged');
  assert.equal(await archiveFault(zipWith('a', Buffer.alloc(50_000), 50_000), limits), undefined);
  assert.equal(await archiveFault(Buffer.from('PK'), limits), 'not_zip');
});

test('a damaged workbook is refused or read, never a crash', async () => {
  const good = Buffer.from(await writeXlsx({ sheets: [{ name: 's', rows: [['资产名称'], ['甲']] }] }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        await readSheet(bytes).catch((error: unknown) => assert.ok(error instanceof AppError, String(error)));
      },
    ),
    { numRuns: 25 },
  );
});

test('an event finds its asset by host, address and range, inside its unit only, and never by a guess', async () => {
  await imported(
    officer,
    csv([
      '资产名称,类型,IP地址,主机名,网段,资产编号',
      '解析甲,主机,10.30.0.1,res01,,R-1',
      '解析乙,主机,,res02,,R-2',
      '办公网,网段,,,10.30.0.0/16,R-3',
      '核心区,网段,,,10.30.8.0/24,R-4',
    ]),
  );
  const ask = (question: Parameters<typeof resolveAsset>[1]) =>
    platform.system.read((db) => resolveAsset(db, question));
  const name = async (question: Parameters<typeof resolveAsset>[1]) => (await ask(question))?.name;
  assert.equal(await name({ host: 'RES01.corp.local', addresses: [], unitPath: UNIT }), '解析甲');
  assert.equal(await name({ addresses: ['10.30.0.1'], unitPath: '/450000/' }), '解析甲');
  assert.equal(await name({ addresses: ['10.30.8.7'], unitPath: UNIT }), '核心区');
  assert.equal(await name({ addresses: ['10.30.9.7'], unitPath: UNIT }), '办公网');
  assert.equal(await name({ host: 'res02', addresses: ['10.30.0.1'], unitPath: UNIT }), '解析乙');
  assert.equal(await name({ host: 'res01', addresses: ['10.30.0.1'], unitPath: OTHER }), undefined);
  assert.equal(await name({ host: "'; DROP TABLE asset; --", addresses: ['x'], unitPath: UNIT }), undefined);
});
