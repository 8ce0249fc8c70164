import { expect, it } from 'vitest';
import { isPrivate } from './private-address.js';

it.each([
  ['10.1.2.3', true],
  ['172.31.255.255', true],
  ['172.32.0.0', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['127.0.0.2', true],
  ['0.0.0.0', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['::ffff:10.0.0.1', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['2001:4860:4860::8888', false],
])('%s is private: %s', (address, is) => expect(isPrivate(address)).toBe(is));
