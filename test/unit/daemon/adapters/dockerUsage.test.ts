import { expect, test } from 'vitest';
import { type RawStats, usageOf } from '../../../../daemon/adapters/dockerUsage.ts';

const cpu = (total: number, system: number) => ({
  cpu_usage: { total_usage: total },
  system_cpu_usage: system,
  online_cpus: 8,
});

const raw: RawStats = {
  read: '2026-01-22T10:00:00.123456789Z',
  pids_stats: { current: 12 },
  cpu_stats: cpu(3_500, 20_000),
  precpu_stats: cpu(1_000, 10_000),
  memory_stats: { usage: 1000, limit: 4000, stats: { inactive_file: 300 } },
  networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'read', value: 5 },
      { op: 'Write', value: 7 },
      { op: 'Total', value: 12 },
    ],
  },
};

test('the CPU is in percent of one core, memory without idle cache, and devices and networks are summed', () => {
  expect(usageOf(raw)).toEqual({
    at: '2026-01-22T10:00:00.123Z',
    cpuPercent: 200,
    memoryBytes: 700,
    memoryLimitBytes: 4000,
    processes: 12,
    receivedBytes: 11,
    sentBytes: 22,
    readBytes: 5,
    writtenBytes: 7,
  });
});

test('the older control groups name their cache otherwise, and a container may have no network and no disk', () => {
  const { networks: _, ...rest } = raw;
  const old = { ...rest, blkio_stats: { io_service_bytes_recursive: null } };
  const usage = usageOf({ ...old, memory_stats: { usage: 1000, limit: 1, stats: { total_inactive_file: 100 } } });
  expect(usage).toMatchObject({ memoryBytes: 900, receivedBytes: 0, readBytes: 0 });
});

test('the first figures have no CPU share', () => {
  expect(usageOf({ ...raw, precpu_stats: {} })?.cpuPercent).toBeNull();
});

test('what Docker says of a container that does not run is nothing', () => {
  expect(usageOf({ read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } } })).toBeUndefined();
});
