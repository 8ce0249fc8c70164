import { listCountries, listMaterials, listProducts, listTrims } from '@ecobalyse/textile-method';
import type { FastifyInstance } from 'fastify';

/** The four catalogues (METHOD §15.6). They never change while the process lives: each is serialised once. */
export async function listRoutes(app: FastifyInstance): Promise<void> {
  const lists = {
    countries: listCountries(),
    materials: listMaterials(),
    products: listProducts(),
    trims: listTrims(),
  };
  for (const [name, list] of Object.entries(lists)) {
    const body = JSON.stringify(list);
    app.get(`/${name}`, (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
  }
}
