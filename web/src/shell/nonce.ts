/** The nonce that the server wrote into index.html; empty where no policy asks for one. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/**
 * Gives every style element made by a script the nonce. Ant Design does so itself for its styles, but not for the
 * small ones with which it measures scroll bars and locks the page behind a drawer.
 */
export function signStyles(): void {
  if (nonce === '') return;
  const create = document.createElement.bind(document);
  const signing = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  document.createElement = signing as typeof document.createElement;
}
