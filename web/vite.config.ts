import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { pagesPlugin } from './pages-plugin.ts';
import { textsPlugin } from './texts-plugin.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Packages that every page needs, in chunks that stay in the browser's cache when our own code changes. */
const vendor = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 30 },
  { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 20 },
];

export default defineConfig({
  root: here('.'),
  plugins: [react(), pagesPlugin(here('./src/pages')), textsPlugin(here('./src'))],
  // The server puts a fresh nonce in place of this word in every index.html it sends.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    // Not the default 'assets': /assets is the page of the ledger.
    assetsDir: 'static',
    target: 'es2022',
    manifest: true,
    // Nothing as data: URL, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { output: { codeSplitting: { groups: vendor } } },
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8600' },
  },
});
