import { DownloadOutlined } from '@ant-design/icons';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { saveFile } from '../../api/client.ts';
import { useErrorText } from '../../api/error-text.ts';
import type { Paged } from '../../api/hooks.ts';
import { absoluteTime, useFormat } from '../time.ts';
import type { Column } from './column.ts';
import { csvFile } from './sheet.ts';
import { shownText } from './shown-text.ts';

/** Rows in one file; whoever wants more narrows the list, or asks the interface for programs. */
const ROWS_MAX = 5_000;
/** As many as a list answers at once. */
const PAGE_ROWS = 200;
const SETTLE_STEP_MS = 20;
const SETTLE_MS_MAX = 10_000;

interface ExportShownProps<Row> {
  /** Begins the name of the file. */
  readonly name: string;
  /** Those that are shown now; one without a title holds buttons and is left out. */
  readonly columns: readonly Column<Row>[];
  readonly idOf: (row: Row) => string;
  /** @param page from 1 */
  load(page: { readonly page: number; readonly pageSize: number }, signal: AbortSignal): Promise<Paged<Row>>;
}

/**
 * Keeps a list as a sheet that says what the screen says: its columns, its words, its language, with all filters, every page. For lists
 * whose server has no export of its own. Cells are drawn out of sight, so that they need no second form.
 */
export function ExportShown<Row>({ name, columns, idOf, load }: ExportShownProps<Row>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const client = useQueryClient();
  const [rows, setRows] = useState<readonly Row[]>();
  const [done, setDone] = useState(0);
  const [stage] = useState(() => document.createElement('table'));
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const told = columns.filter(({ title }) => title !== '');

  const run = async () => {
    const control = new AbortController();
    running.current = control;
    const lines: string[][] = [told.map(({ title }) => title)];
    const draw = async (page: readonly Row[]) => {
      flushSync(() => setRows(page));
      await settled(client);
      for (const row of stage.querySelectorAll('tr')) lines.push(Array.from(row.cells, shownText));
      setDone(lines.length - 1);
    };
    try {
      const total = await eachPage((page) => load(page, control.signal), draw);
      saveFile(csvFile(lines), `${name}-${absoluteTime(Date.now()).slice(0, 16).replaceAll(/[: ]/g, '-')}.csv`);
      const counts = { max: format.number(lines.length - 1), total: format.number(total) };
      if (lines.length - 1 < total) void message.warning(t('parts.list.exportCut', counts), 8);
    } catch (error) {
      if (!control.signal.aborted) void message.error(errorText(error));
    } finally {
      setRows(undefined);
    }
  };

  return (
    <>
      <Button icon={<DownloadOutlined />} loading={rows !== undefined} onClick={() => void run()}>
        {rows !== undefined && done > 0 ? format.number(done) : t('parts.list.export')}
      </Button>
      {rows &&
        createPortal(
          <tbody>
            {rows.map((row) => (
              <tr key={idOf(row)}>
                {told.map((column) => (
                  <td key={column.key}>{column.render(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>,
          stage,
        )}
    </>
  );
}

/** A cell may ask for something itself (the name of a unit), and for more when that has come. Not waited for without end. */
async function settled(client: QueryClient): Promise<void> {
  const endsAt = performance.now() + SETTLE_MS_MAX;
  for (let quiet = 0; quiet < 2 && performance.now() < endsAt; ) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP_MS));
    quiet = client.isFetching() === 0 ? quiet + 1 : 0;
  }
}

/** @returns how many rows there are in all */
async function eachPage<Row>(
  load: (page: { page: number; pageSize: number }) => Promise<Paged<Row>>,
  take: (rows: readonly Row[]) => Promise<void>,
): Promise<number> {
  for (let page = 1; ; page += 1) {
    const { items, total } = await load({ page, pageSize: PAGE_ROWS });
    await take(items);
    if (items.length === 0 || page * PAGE_ROWS >= Math.min(total, ROWS_MAX)) return total;
  }
}
