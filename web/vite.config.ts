import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { antdStylesPlugin } from './antd-styles-plugin.ts';
import { compressPlugin } from './compress-plugin.ts';
import { pagesPlugin } from './pages-plugin.ts';
import { textsPlugin } from './texts-plugin.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const PACKAGES = /node_modules/;

/** Few files that stay in the browser's cache: what the first page needs, what lists and forms share, charts. */
const chunks = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 50 },
  { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 40 },
  { name: 'vendor', test: PACKAGES, tags: ['$initial' as const], priority: 30 },
  { name: 'start', tags: ['$initial' as const], priority: 20 },
  { name: 'widgets', test: PACKAGES, entriesAware: true, entriesAwareMergeThreshold: 200_000, priority: 10 },
  { name: 'parts', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 100_000, priority: 5 },
];

export default defineConfig({
  root: here('.'),
  plugins: [
    react(),
    antdStylesPlugin(here('./src')),
    pagesPlugin(here('./src/pages')),
    textsPlugin(here('./src')),
    compressPlugin(),
  ],
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
    rolldownOptions: {
      output: {
        codeSplitting: { groups: chunks },
        // Shared chunks are named after all pages that share them: the first word is enough.
        chunkFileNames: ({ name }) => `static/${name.split('~')[0]}-[hash].js`,
      },
    },
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8600' },
  },
});
