import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';

const PREFIX = 'virtual:texts/';

interface Texts {
  readonly [key: string]: string | Texts;
}

interface TextsModule {
  readonly texts?: Readonly<Record<string, Texts>>;
}

/** All texts of one language: nested under the name of their folder, and the reasons of errors by themselves. */
async function collect(files: readonly string[], language: string) {
  const translation: Record<string, Texts> = {};
  const reasons: Record<string, string | Texts> = {};
  for (const file of files) {
    // The time of the last change makes a changed file a new module.
    const module: TextsModule = await import(`${pathToFileURL(file).href}?${statSync(file).mtimeMs}`);
    const texts = module.texts?.[language];
    if (!texts) throw new Error(`${file}: a file of texts exports \`const texts = { zh: { … }, en: { … } }\``);
    translation[basename(dirname(file))] = texts;
    if (typeof texts.reasons === 'object') Object.assign(reasons, texts.reasons);
  }
  return { translation, reasons };
}

/**
 * Makes `virtual:texts/zh` and `virtual:texts/en` from every `texts.ts`, so that a browser loads the texts of its own
 * language only. The files are plain data, and are read by importing them.
 */
export function textsPlugin(folder: string): Plugin {
  const files = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => basename(name) === 'texts.ts')
      .map((name) => join(folder, name))
      .sort();
  return {
    name: 'tongan-texts',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const found = files();
      for (const file of found) this.addWatchFile(file);
      const { translation, reasons } = await collect(found, id.slice(PREFIX.length + 1));
      return `export const translation = ${JSON.stringify(translation)};\nexport const reasons = ${JSON.stringify(reasons)};\n`;
    },
  };
}
