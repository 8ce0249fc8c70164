import { type Me, mayActAs, type Role } from './session.js';
import { useQuery } from './use-query.js';

/** Whose key this is. */
export const useMe = (): Me | undefined => useQuery<Me>('/me').data;

/** Whether the key may do what needs this role; false until it is known. */
export const useMay = (role: Role): boolean => mayActAs(useMe(), role);
