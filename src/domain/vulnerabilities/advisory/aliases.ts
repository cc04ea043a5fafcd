import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Aliases, plainName } from '#engine/versions/affected.ts';
import { parseCpe } from '#engine/versions/cpe.ts';
import { parsePurl } from '#engine/versions/purl.ts';

const FILE = join(import.meta.dirname, '../../../../content/standards/vulnerabilities/products.json');

const Products = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  products: z.array(z.strictObject({ key: z.string(), names: z.array(z.string()).min(1) })),
});

let loaded: Aliases | undefined;

/** Other names of products → the one they are compared under, read once. */
export function productAliases(): Aliases {
  loaded ??= new Map(
    Products.parse(JSON.parse(readFileSync(FILE, 'utf8'))).products.flatMap(({ key, names }) =>
      [key, ...names].map((name) => [plainName(name), key] as const),
    ),
  );
  return loaded;
}

/** The keys under which a product or a piece of software is found. */
export function nameKeys({ name, cpe, purl }: { name: string; cpe: string; purl: string }): string[] {
  const product = parseCpe(cpe)?.product;
  const names = [name, parsePurl(purl)?.name ?? '', product !== undefined && 'text' in product ? product.text : ''];
  const aliases = productAliases();
  return [
    ...new Set(
      names
        .map(plainName)
        .filter(Boolean)
        .map((plain) => aliases.get(plain) ?? plain),
    ),
  ];
}

/** The products that a free text of the ledger ("东方通 TongWeb 7.0.4") names, with the version behind it. */
export function productsIn(text: string): { readonly key: string; readonly version: string }[] {
  const plain = plainName(text);
  const version = /(?:^|[^\d.])v?(\d+(?:\.\d+)+[a-z0-9]*)/i.exec(text)?.[1] ?? '';
  const found = new Set<string>();
  for (const [name, key] of productAliases()) if (name.length >= 2 && plain.includes(name)) found.add(key);
  return [...found].map((key) => ({ key, version }));
}
