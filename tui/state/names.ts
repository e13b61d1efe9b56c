/** The views, and the panes that they are made of. */
export const VIEWS = ['gpus', 'sets', 'exec', 'logs', 'volumes', 'ports', 'operations', 'overview'] as const;
export type ViewName = (typeof VIEWS)[number];

/** A part of a view with rows of its own; the focused one has the keys. */
export const PANES = [
  'gpus',
  'sets',
  'versions',
  'exec',
  'sessions',
  'logs',
  'volumes',
  'ports',
  'operations',
] as const;
export type PaneName = (typeof PANES)[number];
