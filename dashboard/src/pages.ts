import type { ComponentType } from 'preact';
import { isOrchestrator } from './api/server.js';
import type { PageProps } from './page-props.js';
import type { IconName } from './ui/icon.js';

export interface PageEntry {
  /** Below `/dashboard`. */
  readonly path: string;
  /** Loaded when the page is first opened. */
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
  /** In the navigation, with this icon and the text of this key in `shell-messages.ts`. */
  readonly nav?: { readonly icon: IconName; readonly text: NavText };
}

export type NavText =
  | 'overview'
  | 'catalogues'
  | 'products'
  | 'score'
  | 'statistics'
  | 'analysis'
  | 'models'
  | 'pipelines'
  | 'keys';

/** Page of an address without a path. */
export const HOME = isOrchestrator ? '/pipelines' : '/';

/** Every page, in the navigation's order. */
export const PAGES: readonly PageEntry[] = [
  { path: '/', load: () => import('./pages/overview/overview-page.js'), nav: { icon: 'overview', text: 'overview' } },
  {
    path: '/catalogues',
    load: () => import('./pages/catalogues/catalogues-page.js'),
    nav: { icon: 'catalogues', text: 'catalogues' },
  },
  { path: '/catalogues/:id', load: () => import('./pages/catalogues/catalogue-page.js') },
  {
    path: '/catalogues/:id/products/:product',
    load: () => import('./pages/catalogues/catalogue-product-page.js'),
  },
  { path: '/to-check', load: () => import('./pages/to-check/to-check-page.js') },
  {
    path: '/products',
    load: () => import('./pages/products/products-page.js'),
    nav: { icon: 'products', text: 'products' },
  },
  { path: '/products/:id', load: () => import('./pages/products/product-page.js') },
  { path: '/compare', load: () => import('./pages/compare/compare-page.js') },
  { path: '/score', load: () => import('./pages/score/score-page.js'), nav: { icon: 'score', text: 'score' } },
  {
    path: '/statistics',
    load: () => import('./pages/statistics/statistics-page.js'),
    nav: { icon: 'statistics', text: 'statistics' },
  },
  {
    path: '/analysis',
    load: () => import('./pages/analysis/analysis-page.js'),
    nav: { icon: 'analysis', text: 'analysis' },
  },
  { path: '/models', load: () => import('./pages/models/models-page.js'), nav: { icon: 'models', text: 'models' } },
  {
    path: '/pipelines',
    load: () => import('./pages/pipelines/pipelines-page.js'),
    nav: { icon: 'pipelines', text: 'pipelines' },
  },
  { path: '/keys', load: () => import('./pages/keys/keys-page.js'), nav: { icon: 'key', text: 'keys' } },
  { path: '/retention', load: () => import('./pages/retention/retention-page.js') },
  { path: '/versions', load: () => import('./pages/versions/versions-page.js') },
];

/** Whether the server that sent this page answers what a page asks. */
export const isHere = ({ path }: PageEntry): boolean => !isOrchestrator || path === HOME;
