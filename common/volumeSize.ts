/** Sizes of volumes as the older contract writes them: `20GB`, any case, a decimal number, powers of 1024. */

const UNIT_BYTES: Readonly<Record<string, number>> = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** 1024TB. Far above any disk, far below where whole numbers end. */
export const sizeBytesMax = 2 ** 50;

/** Whole bytes, rounded up; zero or less where that was written. Undefined for what is no size. */
export function volumeSizeBytes(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*([kmgt]b)$/i.exec(text.trim()) ?? [];
  const bytesPerUnit = UNIT_BYTES[unit.toUpperCase()];
  return bytesPerUnit === undefined ? undefined : Math.ceil(Number(amount) * bytesPerUnit);
}
