import { expect, it } from 'vitest';
import { tagsOfAdded, tagsOfReplaced } from './cache-tags.js';

it('knows which tags a write concerns', () => {
  expect(tagsOfAdded(['jean', 'pull', 'jean'])).toEqual(['impacts', 'product:jean', 'product:pull']);
  expect(tagsOfReplaced(['jean'])).toEqual(['impacts', 'product:jean', 'replaced-documents']);
});
