import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, parseSync } from 'vite';

const VIRTUAL = 'virtual:pages';
const RESOLVED = `\0${VIRTUAL}`;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The value of a literal expression; `undefined` for anything that would have to be run to be known. */
function literal(node: unknown): unknown {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return node.value;
  if (node.type === 'ObjectExpression') return object(node);
  return undefined;
}

function object(node: Node): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const property of nodes(node.properties)) {
    const key = isNode(property.key) ? (property.key.name ?? property.key.value) : undefined;
    if (typeof key === 'string') result[key] = literal(property.value);
  }
  return result;
}

/** The `export const page = {…}` of a page file, without running it. */
function definitionOf(file: string): Record<string, unknown> {
  const { program } = parseSync(file, readFileSync(file, 'utf8'), { lang: 'tsx' });
  for (const statement of nodes(program.body)) {
    if (statement.type !== 'ExportNamedDeclaration' || !isNode(statement.declaration)) continue;
    for (const declarator of nodes(statement.declaration.declarations)) {
      if (isNode(declarator.id) && declarator.id.name === 'page' && isNode(declarator.init)) {
        return checked(file, object(declarator.init));
      }
    }
  }
  throw new Error(`${file}: a page file exports \`const page: PageDefinition = { … }\``);
}

function checked(file: string, { Page: _, ...definition }: Record<string, unknown>): Record<string, unknown> {
  for (const key of ['path', 'title', 'permission']) {
    if (typeof definition[key] !== 'string') {
      throw new Error(`${file}: page.${key} must be written as a plain string, so that it is known without loading`);
    }
  }
  return definition;
}

function pageFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.page.tsx'))
    .map((name) => join(folder, name))
    .sort();
}

/**
 * Makes the module `virtual:pages`: what every `*.page.tsx` says about itself (path, title, permission, menu), read
 * from its text, with a lazy import of the page. So a page is one file and still a chunk of its own.
 */
export function pagesPlugin(folder: string): Plugin {
  return {
    name: 'tongan-pages',
    resolveId: (id) => (id === VIRTUAL ? RESOLVED : undefined),
    load(id) {
      if (id !== RESOLVED) return undefined;
      const entries = pageFiles(folder).map((file) => {
        this.addWatchFile(file);
        return `{ ...${JSON.stringify(definitionOf(file))}, load: () => import(${JSON.stringify(file)}) }`;
      });
      return `export const pages = [\n${entries.join(',\n')}\n];\n`;
    },
    configureServer(server) {
      server.watcher.on('all', (event, file) => {
        if (!file.endsWith('.page.tsx') || event === 'change') return;
        const module = server.moduleGraph.getModuleById(RESOLVED);
        if (module) server.moduleGraph.invalidateModule(module);
        server.ws.send({ type: 'full-reload' });
      });
    },
  };
}
