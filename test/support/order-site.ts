import assert from 'node:assert/strict';
import { draftOrder, handInFile } from '#domain/orders/actions.ts';
import { deliverOrder, orderJobs } from '#domain/orders/jobs.ts';
import { MOVES } from '#domain/orders/moves.ts';
import type { OrderKind } from '#domain/orders/order.ts';
import { type OrderRow, orderById } from '#domain/orders/store.ts';
import type { Ctx, JournalRecord } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from './stores.ts';
import { seedUnits, type TestUnit } from './units.ts';

export const REGION = '/450000/';
export const ORDER_BODY = '监测发现你单位门户网站存在后门文件，请立即核查处置。';
const SHA = 'a'.repeat(64);

/** A centre, two units and a contractor, with the people who carry an order from draft to closure. */
export interface OrderSite {
  readonly site: TestPlatform;
  readonly journal: { action: string; entry: JournalRecord }[];
  readonly drafter: Ctx;
  readonly dispatcher: Ctx;
  readonly officer: Ctx;
  readonly colleague: Ctx;
  readonly unit: TestUnit;
  readonly other: TestUnit;
  readonly contractor: TestUnit;
  /** Puts the clock back to Monday morning and forgets the journal. */
  startOver(): void;
  rowOf(id: string, ctx?: Ctx): Promise<OrderRow>;
  /** Orders in the state of the name; `rest` changes the draft. @returns the id */
  draft(rest?: object, by?: Ctx): Promise<string>;
  issued(rest?: object): Promise<string>;
  delivered(rest?: object): Promise<string>;
  received(rest?: object): Promise<string>;
  submitted(rest?: object): Promise<string>;
  /** The unit attaches a file. */
  handIn(id: string): Promise<void>;
}

export async function openOrderSite(): Promise<OrderSite> {
  const journal: OrderSite['journal'] = [];
  const site = await openTestPlatform({
    jobs: orderJobs,
    append: async (_tx, entries) => {
      journal.push(...entries);
    },
  });
  const [unit, other, contractor] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
    { code: 'gx-it', name: '广西某信息服务公司', divisionCode: '450100', kind: 'contractor' },
  ]);
  assert.ok(unit && other && contractor);
  const drafter = site.as({ roles: ['duty_officer'], path: REGION, name: '值班员' });
  const dispatcher = site.as({ roles: ['dispatcher'], path: REGION, name: '调度员' });
  const officer = site.as({ roles: ['unit_officer'], path: unit.path, name: '单位安全员' });
  const wish = {
    unitId: unit.id,
    kind: 'rectification' as OrderKind,
    grade: 'III' as const,
    title: '关于门户网站存在后门的整改通知',
    body: ORDER_BODY,
    workingDays: 10,
  };
  const draft = async (rest: object = {}, by = drafter) => (await draftOrder(by, { ...wish, ...rest })).id;
  const issued = async (rest?: object) => {
    const id = await draft(rest);
    await MOVES.send_for_review.run(drafter, { id });
    await MOVES.approve.run(dispatcher, { id });
    await MOVES.issue.run(dispatcher, { id });
    return id;
  };
  const delivered = async (rest?: object) => {
    const id = await issued(rest);
    await deliverOrder(site.system, id);
    return id;
  };
  const received = async (rest?: object) => {
    const id = await delivered(rest);
    await MOVES.receive.run(officer, { id });
    return id;
  };
  const handIn = (id: string) =>
    handInFile(officer, { id, sha256: SHA, fileName: '整改报告.pdf', mediaType: 'application/pdf', bytes: 10 });
  const submitted = async (rest?: object) => {
    const id = await received(rest);
    await MOVES.start.run(officer, { id });
    await handIn(id);
    await MOVES.submit.run(officer, { id, measures: '已删除后门文件并修补上传漏洞' });
    return id;
  };
  return {
    site,
    journal,
    drafter,
    dispatcher,
    officer,
    colleague: site.as({ roles: ['unit_leader'], path: unit.path, name: '单位领导' }),
    unit,
    other,
    contractor,
    startOver() {
      journal.length = 0;
      site.clock.set('2026-03-02T02:00:00Z');
    },
    async rowOf(id, ctx = site.system) {
      const row = await ctx.read((db) => orderById(db, id));
      assert.ok(row);
      return row;
    },
    draft,
    issued,
    delivered,
    received,
    submitted,
    handIn,
  };
}
