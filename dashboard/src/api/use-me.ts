import type { Caller } from '@ecobalyse/schema';
import { mayActAs, type Role } from '@ecobalyse/schema/vocabulary';
import { useQuery } from './use-query.js';

/** Whose key this is. */
export const useMe = (): Caller | undefined => useQuery('GET /me', {}).data;

/** Whether the key may do what needs this role; false until it is known. */
export const useMay = (role: Role): boolean => {
  const me = useMe();
  return me !== undefined && mayActAs(me.role, role);
};
