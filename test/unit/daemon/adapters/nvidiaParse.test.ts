import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  explainFailure,
  parseDevices,
  parseList,
  parseProcesses,
  parseTelemetry,
  refusedField,
  saysNoDevices,
} from '../../../../daemon/adapters/nvidiaParse.ts';

const GOLDEN = join(import.meta.dirname, '../../../golden/nvidia-smi');
const golden = (name: string): string[] => readFileSync(join(GOLDEN, `${name}.txt`), 'utf8').split('\n');
const expected = (name: string): string => join(GOLDEN, `${name}.expected.json`);
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const MIB = 1024 * 1024;

const telemetry = (name: string) =>
  golden(name)
    .filter(Boolean)
    .map((line) => parseTelemetry(line, 6));

describe('recorded outputs', () => {
  test.each(['h200x8', 'consumer', 'lostGpu', 'truncated', 'cutBusId', 'crlf', 'warnings'])(
    'the devices of %s are read as written down',
    async (name) => {
      await expect(json(parseDevices(golden(`${name}.devices`)))).toMatchFileSnapshot(expected(`${name}.devices`));
    },
  );

  test.each(['h200x8', 'consumer', 'mig'])('the telemetry of %s is read as written down', async (name) => {
    await expect(json(telemetry(`${name}.telemetry`))).toMatchFileSnapshot(expected(`${name}.telemetry`));
  });

  test.each(['h200x8', 'mig'])('the list of %s is read as written down', async (name) => {
    await expect(json(parseList(golden(`${name}.list`)))).toMatchFileSnapshot(expected(`${name}.list`));
  });
});

test('eight H200 are eight devices, with their memory in bytes and no complaint', () => {
  const { rows, complaints } = parseDevices(golden('h200x8.devices'));
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(rows[0]).toMatchObject({ name: 'NVIDIA H200', memoryBytes: 143_771 * MIB, busId: '00000000:1B:00.0' });
  expect(complaints).toEqual([]);
});

test('a GPU that is lost is a complaint and costs no other GPU its place', () => {
  const { rows, complaints } = parseDevices(golden('lostGpu.devices'));
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 3]);
  expect(complaints[0]).toBe('Unable to determine the device handle for GPU 0000:52:00.0: Unknown Error');
  expect(complaints).toHaveLength(2);
});

test('a line that was cut off is a complaint and no device', () => {
  const { rows, complaints } = parseDevices(golden('truncated.devices'));
  expect(rows).toHaveLength(2);
  expect(complaints).toEqual(['GPU-7c1e4f2a-0b2d-4a53-9e61-5d2']);
});

test('carriage returns change nothing', () => {
  expect(parseDevices(golden('crlf.devices'))).toEqual({
    rows: parseDevices(golden('h200x8.devices')).rows.slice(0, 2),
    complaints: [],
  });
});

test('warnings before the data are complaints and the data counts', () => {
  const { rows, complaints } = parseDevices(golden('warnings.devices'));
  expect(rows).toHaveLength(2);
  expect(complaints).toEqual([
    'Warnung: Der Treiber läuft ohne Persistenzmodus.',
    'WARNING: infoROM is corrupted at gpu 0000:43:00.0',
  ]);
});

test('nonsense yields no row, and complaints that a terminal can bear', () => {
  for (const parse of [parseDevices, parseProcesses, parseList]) {
    const { rows, complaints } = parse(golden('nonsense'));
    expect(rows).toEqual([]);
    expect(complaints.join('')).not.toMatch(/\p{Cc}/u);
    expect(complaints.every((text) => text.length <= 200)).toBe(true);
    expect(complaints[0]).toBe('Segmentation fault');
  }
});

test('every token that stands for no value is null', () => {
  const [limited, mute] = telemetry('consumer.telemetry');
  expect(limited).toMatchObject({ utilizationPercent: 3, memoryUsedBytes: 512 * MIB, powerW: null, powerLimitW: null });
  expect(mute).toEqual({
    uuid: 'GPU-7c1e4f2a-0b5d-4a53-9e61-5d20c8f3a105',
    utilizationPercent: null,
    memoryUsedBytes: null,
    temperatureC: null,
    powerW: null,
    powerLimitW: null,
  });
});

test('a GPU in MIG mode has no utilization but all the rest', () => {
  expect(telemetry('mig.telemetry')[0]).toMatchObject({ utilizationPercent: null, powerW: 163.52 });
});

test('numbers with a decimal comma shift no value into another column', () => {
  const line = 'GPU-7c1e4f2a-0b0d-4a53-9e61-5d20c8f3a100, 98, 4, 61, 641,22, 700,00';
  expect(parseTelemetry(line, 6)).toBeUndefined();
});

test('a telemetry line with fewer fields leaves the others open', () => {
  const line = 'GPU-7c1e4f2a-0b0d-4a53-9e61-5d20c8f3a100, 98, 4';
  expect(parseTelemetry(line, 3)).toMatchObject({ utilizationPercent: 98, memoryUsedBytes: 4 * MIB, powerW: null });
  expect(parseTelemetry(line, 6)).toBeUndefined();
});

test('a process keeps the commas of its command line, and one without a name keeps its GPU', () => {
  const { rows, complaints } = parseProcesses(golden('h200x8.processes'));
  expect(rows.map(({ pid }) => pid)).toEqual([41207, 41208, 51999, 52001]);
  expect(rows[1]?.processName).toBe('/opt/conda/bin/python train.py --lr 0.1,0.2');
  expect(rows[2]?.processName).toBeNull();
  expect(complaints).toEqual([]);
});

test('MIG instances stand below their GPU, under new and old ids', () => {
  const { rows, complaints } = parseList(golden('mig.list'));
  expect(rows.map(({ mig }) => mig.map(({ profile }) => profile))).toEqual([['1c.3g.71gb', '2g.35gb'], ['3g.20gb']]);
  expect(rows[1]?.mig[0]?.uuid).toBe('MIG-GPU-7c1e4f2a-0b1d-4a53-9e61-5d20c8f3a101/1/0');
  expect(complaints).toEqual([]);
});

describe('failures', () => {
  const explain = (name: string, code: number | null) =>
    explainFailure({ code, spawnError: null }, parseDevices(golden(name)).complaints);

  test('a driver that is down is named, with what to check', () => {
    expect(explain('driverDown', 9)).toBe(
      'nvidia-smi cannot reach the NVIDIA driver (exit 9): check that its kernel module is loaded',
    );
  });

  test('a driver that was upgraded under its tools is named', () => {
    expect(explain('versionMismatch', 18)).toContain('reload the driver or reboot');
  });

  test('anything else is repeated as it was said', () => {
    expect(explain('nonsense', 0)).toBe('nvidia-smi gave no usable answer (exit 0): Segmentation fault');
  });

  test('silence is named as such, with the end that it had', () => {
    expect(explainFailure({ code: null, spawnError: null }, [])).toBe('nvidia-smi printed nothing (ended by a signal)');
  });

  test('a program that cannot be started is told with the reason', () => {
    expect(explainFailure({ code: null, spawnError: 'EACCES' }, [])).toContain('cannot be started (EACCES)');
  });

  test('a refused field and an empty host are recognised, and nothing else is taken for them', () => {
    expect(refusedField(golden('refusedField'))).toBe('pci.bus_id');
    expect(saysNoDevices(golden('noDevices'))).toBe(true);
    expect(refusedField(golden('noDevices'))).toBeUndefined();
    expect(saysNoDevices(golden('driverDown'))).toBe(false);
  });
});
