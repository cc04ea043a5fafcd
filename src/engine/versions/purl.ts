/** A package URL (github.com/package-url/purl-spec): type, namespace, name, version, qualifiers. */
export interface Purl {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @returns undefined for what is no package URL */
export function parsePurl(text: string): Purl | undefined {
  const match = /^pkg:\/{0,2}([a-zA-Z][a-zA-Z0-9.+-]*)\/([^?#]+)(?:\?([^#]*))?(?:#.*)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, type = '', path = '', query = ''] = match;
  const at = path.lastIndexOf('@');
  const names = (at > 0 ? path.slice(0, at) : path).split('/').filter(Boolean).map(decoded);
  const name = names.pop();
  if (name === undefined) return undefined;
  const qualifiers = new Map(
    query.split('&').flatMap((pair) => {
      const equals = pair.indexOf('=');
      return equals > 0 ? [[pair.slice(0, equals).toLowerCase(), decoded(pair.slice(equals + 1))] as const] : [];
    }),
  );
  const version = at > 0 ? decoded(path.slice(at + 1)) : '';
  const epoch = qualifiers.get('epoch');
  return {
    type: type.toLowerCase(),
    namespace: names.join('/').toLowerCase(),
    name: name.toLowerCase(),
    version: epoch === undefined || version === '' || version.includes(':') ? version : `${epoch}:${version}`,
    qualifiers,
  };
}
