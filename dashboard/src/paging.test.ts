import { describe, expect, it } from 'vitest';
import { fromFirstPage, pageOf, toPage } from './paging.js';

const asked = (query: string, last?: number) => pageOf(new URLSearchParams(query), last);

describe('pages of a list', () => {
  it.each([
    ['', 1],
    ['page=3', 3],
    ['page=3.9', 3],
    ['page=0', 1],
    ['page=-2', 1],
    ['page=last', 1],
    ['page=Infinity', 1],
  ])('%j asks for page %i', (query, page) => {
    expect(asked(query)).toBe(page);
  });

  it('end with the last one, and there is always a first', () => {
    expect([asked('page=9', 4), asked('page=4', 4), asked('page=2', 0)]).toEqual([4, 4, 1]);
  });

  it('are numbered in the address, but for the first', () => {
    expect([toPage(1), toPage(2)]).toEqual([{ page: '' }, { page: '2' }]);
  });

  it('begin anew with what is listed', () => {
    expect(fromFirstPage({ q: 'jean' })).toEqual({ q: 'jean', page: '' });
  });
});
