import { expect, test } from 'vitest';
import { volumeSizeBytes } from '../../../common/volumeSize.ts';

test.each([
  ['20GB', 20 * 2 ** 30],
  ['1kb', 1024],
  ['1.5TB', 1.5 * 2 ** 40],
  ['.5MB', 2 ** 19],
  [' 7 mB ', 7 * 2 ** 20],
  ['0.0001KB', 1],
  ['0GB', 0],
  ['-5GB', -5 * 2 ** 30],
])('%j is %d bytes', (text, bytes) => {
  expect(volumeSizeBytes(text)).toBe(bytes);
});

test.each(['', '20', '20GiB', '20G', 'GB', '1e3GB', '1,5GB', '20 apples', '0x10MB', '1..5GB'])(
  '%j is no size',
  (text) => {
    expect(volumeSizeBytes(text)).toBeUndefined();
  },
);
