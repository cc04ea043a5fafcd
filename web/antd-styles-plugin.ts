import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extractStyle } from '@ant-design/static-style-extract';
import * as antd from 'antd';
import { createElement } from 'react';
import type { Plugin } from 'vite';

const VIRTUAL = 'virtual:antd-styles.css';
const ES = join(dirname(createRequire(import.meta.url).resolve('antd/package.json')), 'es');

const sources = (folder: string, ending: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

/** Names of Ant Design's components that the console imports. */
function imported(folder: string): string[] {
  return sources(folder, /\.tsx?$/).flatMap((text) =>
    [...text.matchAll(/import \{([^}]*)\} from 'antd'/g)].flatMap(([, names = '']) =>
      names.split(',').map((name) => name.trim().split(' as ')[0] ?? ''),
    ),
  );
}

const folderOf = (component: string): string =>
  component.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? letter : `-${letter}`).toLowerCase());

/** Components whose code lies in the folder of another. */
const INSIDE: Readonly<Record<string, readonly string[]>> = { grid: ['row', 'col'] };

/** The folders of these components and of all they are made of themselves. */
function withParts(components: readonly string[]): ReadonlySet<string> {
  const folders = new Set(
    readdirSync(ES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
  );
  const found = new Set<string>();
  const waiting = components.map(folderOf);
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (found.has(folder) || !folders.has(folder)) continue;
    found.add(folder);
    waiting.push(...(INSIDE[folder] ?? []));
    for (const text of sources(join(ES, folder), /\.js$/)) {
      for (const [, part = ''] of text.matchAll(/from ['"](?:\.\.\/)+([a-z-]+)/g)) waiting.push(part);
    }
  }
  return found;
}

/** Values of tokens: they differ from theme to theme and are set while the console runs. */
const TOKENS = /^\.(tongan|css-var-[\w-]+)[.{]/;

function stylesOf(folder: string): string {
  const folders = withParts([...imported(folder), 'message', 'notification']);
  const css = extractStyle({
    customTheme: (node) =>
      createElement(antd.ConfigProvider, { theme: { cssVar: { key: 'tongan' }, hashed: false } }, node),
    includes: Object.keys(antd).filter((name) => folders.has(folderOf(name))),
  });
  return css
    .split(/(?<=\})/)
    .filter((rule) => !TOKENS.test(rule))
    .join('\n');
}

/**
 * Makes the style sheet `virtual:antd-styles.css`: the styles of the components that the console uses, written when it is
 * built instead of computed in every browser at every start. Only the values of the tokens are left to the browser.
 */
export function antdStylesPlugin(folder: string): Plugin {
  return {
    name: 'tongan-antd-styles',
    resolveId: (id) => (id === VIRTUAL ? VIRTUAL : undefined),
    load: (id) => (id === VIRTUAL ? stylesOf(folder) : undefined),
  };
}
