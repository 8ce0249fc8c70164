import { SEES_ALL, type Viewer } from '@ecobalyse/store';
import type { FastifyRequest } from 'fastify';

/** Who looks at catalogues by a request: admins see all, other keys their own and those that all share. */
export const viewerOf = ({ caller }: Pick<FastifyRequest, 'caller'>): Viewer =>
  caller?.role === 'admin' ? SEES_ALL : (caller?.name ?? '');
