import type { Theme } from '../preferences.js';

/**
 * Colours that stay apart for colour-blind readers: Okabe and Ito's eight (https://jfly.uni-koeln.de/color/), without the
 * black, and quiet shades for what is no stage.
 */
export const OKABE_ITO = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442'] as const;

/** The colour of each part of the cost, the same on every page. */
export const STAGE_COLOURS: Readonly<Record<string, string>> = {
  material: '#009E73',
  spinning: '#56B4E9',
  fabric: '#0072B2',
  ennobling: '#CC79A7',
  making: '#E69F00',
  trims: '#8A6FBF',
  transport: '#D55E00',
  distribution: '#8C8C8C',
  use: '#F0E442',
  eol: '#8B5E3C',
  complements: '#64748B',
};

export interface ChartTheme {
  readonly text: string;
  readonly softText: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  /** A mark that stands out from the accent. */
  readonly highlight: string;
  readonly series: readonly string[];
}

export const CHART_THEMES: Readonly<Record<Theme, ChartTheme>> = {
  light: {
    text: '#1b2723',
    softText: '#53635c',
    line: '#e1e7e4',
    surface: '#ffffff',
    accent: '#0f7a66',
    highlight: '#D55E00',
    series: OKABE_ITO,
  },
  dark: {
    text: '#e6edea',
    softText: '#a3b3ac',
    line: '#2c3a35',
    surface: '#17211d',
    accent: '#3fbf9f',
    highlight: '#FF8A3D',
    series: ['#4BA3DB', '#E69F00', '#2FBF95', '#DB92BC', '#7CC6EF', '#F07F34', '#F0E442'],
  },
};

/** Sequential and diverging scales for maps of values; blue to orange reads well without red or green. */
export const DIVERGING = ['#0072B2', '#8fc1e0', '#f4f4f2', '#f0bd8d', '#D55E00'] as const;
