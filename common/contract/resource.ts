/** GPUs and host ports: who holds what. */
import { z } from 'zod';
import { mutation, query } from './define.ts';
import { Empty, Timestamp } from './fields.ts';

/**
 *  - free: may be granted
 *  - granted: leased to a replicaSet
 *  - foreign: used by a process or container outside Berth
 *  - quarantined: not granted since a failure, see the reason
 *  - drained: taken out of use by an admin
 *  - missing: was here, is not reported any more
 */
export const GpuState = z
  .enum(['free', 'granted', 'foreign', 'quarantined', 'drained', 'missing'])
  .meta({ id: 'GpuState' });
export type GpuState = z.output<typeof GpuState>;

const Measure = z.number().nullable();
export const GpuTelemetry = z
  .object({
    uuid: z.string(),
    utilizationPercent: Measure,
    memoryUsedBytes: Measure,
    temperatureC: Measure,
    powerW: Measure,
    powerLimitW: Measure,
  })
  .meta({ id: 'GpuTelemetry' });
export type GpuTelemetry = z.output<typeof GpuTelemetry>;

export const GpuView = z
  .object({
    uuid: z.string(),
    index: z.int().nullable(),
    name: z.string(),
    simulated: z.boolean(),
    memoryBytes: z.int().nullable(),
    busId: z.string().nullable(),
    numaNode: z.int().nullable(),
    state: GpuState,
    holder: z.string().nullable().describe('The replicaSet, or for foreign use the user, process or container'),
    owner: z.string().nullable().describe('The person behind the holder'),
    since: Timestamp.nullable().describe('Since when it is in that state'),
    reason: z.string().nullable(),
    telemetry: GpuTelemetry.nullable(),
    telemetryAt: Timestamp.nullable(),
  })
  .meta({ id: 'Gpu' });
export type GpuView = z.output<typeof GpuView>;

export const PortView = z
  .object({
    hostPort: z.int(),
    state: z.enum(['granted', 'foreign']),
    holder: z.string().nullable(),
    containerPort: z.string().nullable(),
    since: Timestamp,
    reason: z.string().nullable(),
  })
  .meta({ id: 'Port' });
export type PortView = z.output<typeof PortView>;

export const gpus = query({
  summary: 'GPU UUIDs: 0 can be granted, 1 cannot. The shape that existing clients know.',
  input: Empty,
  output: z.object({ gpus: z.record(z.string(), z.union([z.literal(0), z.literal(1)])) }),
  access: 'view',
  rest: { method: 'GET', path: '/resources/gpus', fallback: 500 },
  cli: { absent: '`berth gpus` shows who holds what, from `gpuList`' },
});

export const ports = query({
  summary: 'The port range and the host ports in use. The shape that existing clients know.',
  input: Empty,
  output: z.object({
    ports: z.object({
      StartPort: z.int(),
      EndPort: z.int(),
      AvailableCount: z.int().describe('What is free'),
      UsedPortSet: z.record(z.string(), z.object({})),
    }),
  }),
  access: 'view',
  rest: { method: 'GET', path: '/resources/ports', fallback: 500 },
  cli: { absent: '`berth ports` shows who holds what, from `portList`' },
});

export const gpuList = query({
  summary: 'Every GPU with its state, holder and load.',
  input: Empty,
  output: z.object({
    gpus: z.array(GpuView),
    source: z.string().describe('Where the inventory comes from: nvidia-smi, simulated or none'),
    notice: z.string().nullable().describe('What is wrong with that source, since when'),
  }),
  access: 'view',
  rest: { method: 'GET', path: '/resources/gpus/list' },
  cli: { name: 'gpus' },
});

export const portList = query({
  summary: 'Every host port that is granted or known to be taken by somebody else.',
  input: Empty,
  output: z.object({ start: z.int(), end: z.int(), free: z.int(), ports: z.array(PortView) }),
  access: 'view',
  rest: { method: 'GET', path: '/resources/ports/list' },
  cli: { name: 'ports' },
});

const GpuArg = z.string().min(1).max(128).describe('UUID, the beginning of one, or index');

export const gpuDrain = mutation({
  summary: 'Takes a GPU out of use: who holds it keeps it, nobody else is granted it.',
  input: z.strictObject({ gpu: GpuArg, reason: z.string().max(500).nullish().describe('Shown to everybody') }),
  output: GpuView,
  access: 'admin',
  rest: { method: 'PATCH', path: '/resources/gpus/:gpu/drain' },
  cli: { name: 'gpus drain', args: ['gpu'], flags: { reason: { name: 'reason' } } },
});

export const gpuUndrain = mutation({
  summary: 'Puts a drained or quarantined GPU back into use.',
  input: z.strictObject({ gpu: GpuArg }),
  output: GpuView,
  access: 'admin',
  rest: { method: 'PATCH', path: '/resources/gpus/:gpu/undrain' },
  cli: { name: 'gpus undrain', args: ['gpu'] },
});
