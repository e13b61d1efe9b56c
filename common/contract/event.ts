/** What happens, as it happens. A subscriber that falls behind gets a fresh snapshot instead of a backlog. */
import { z } from 'zod';
import { subscription } from './define.ts';
import { Moment, Timestamp } from './fields.ts';
import { GpuTelemetry, GpuView, PortView } from './resource.ts';
import { OperationView, SetView, VersionView } from './views.ts';
import { VolumeView } from './volume.ts';

export const EngineView = z.object({
  state: z.enum(['up', 'down']),
  version: z.string().nullable(),
  reason: z.string().nullable(),
  since: Timestamp,
});
export type EngineView = z.output<typeof EngineView>;

export const StoreView = z.object({
  state: z
    .enum(['ok', 'stalled', 'damaged'])
    .describe('stalled: it cannot be written now, as on a full disk; damaged: reads only, until it is restored'),
  reason: z.string().nullable(),
  since: Timestamp.nullable(),
});
export type StoreView = z.output<typeof StoreView>;

export const BerthEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('snapshot'),
      at: Timestamp,
      engine: EngineView,
      store: StoreView,
      sets: z.array(SetView),
      gpus: z.array(GpuView),
      ports: z.array(PortView),
      volumes: z.array(VolumeView),
      operations: z.array(OperationView).describe('Running ones and the last that ended'),
    }),
    z.object({ type: z.literal('set'), set: SetView }),
    z.object({ type: z.literal('setRemoved'), name: z.string() }),
    z.object({ type: z.literal('version'), name: z.string(), version: VersionView }),
    z.object({ type: z.literal('volume'), volume: VolumeView }),
    z.object({ type: z.literal('volumeRemoved'), name: z.string() }),
    z.object({ type: z.literal('gpus'), gpus: z.array(GpuView).describe('The GPUs whose state changed') }),
    z.object({ type: z.literal('ports'), ports: z.array(PortView).describe('All of them') }),
    z.object({ type: z.literal('operation'), operation: OperationView }),
    z.object({ type: z.literal('telemetry'), at: Timestamp, gpus: z.array(GpuTelemetry) }),
    z
      .object({
        type: z.literal('containerDied'),
        at: Timestamp,
        name: z.string(),
        version: z.int(),
        exitCode: z.int().nullable(),
      })
      .describe("A set's main process ended, by itself or because it was told to"),
    z
      .object({ type: z.literal('outOfMemory'), at: Timestamp, name: z.string(), version: z.int() })
      .describe('The kernel ended a process of a set for want of memory'),
    z.object({ type: z.literal('engine'), engine: EngineView }),
    z.object({ type: z.literal('store'), store: StoreView }),
  ])
  .meta({ id: 'Event' });
export type BerthEvent = z.output<typeof BerthEvent>;

export const watch = subscription({
  summary: 'A snapshot of sets, GPUs, ports, volumes and operations, then every change.',
  input: z.strictObject({
    telemetry: z.boolean().default(false).describe('GPU load too, once a second'),
    name: z.string().optional().describe('Only what concerns this replicaSet'),
    types: z
      .array(
        z.enum([
          'set',
          'setRemoved',
          'version',
          'volume',
          'volumeRemoved',
          'gpus',
          'ports',
          'operation',
          'containerDied',
          'outOfMemory',
          'engine',
        ]),
      )
      .optional()
      .describe('Only events of these types, after the snapshot'),
    since: Moment.describe(
      'Begin with the operations that ended since then, in place of the snapshot: RFC 3339, Unix seconds, or 10m ago',
    ),
    until: Moment.describe('End then; a time in the past ends it with what was asked for by since'),
  }),
  output: BerthEvent,
  access: 'view',
  rest: { method: 'GET', path: '/events', stream: 'ndjson' },
  cli: {
    name: 'events',
    flags: {
      telemetry: { name: 'telemetry' },
      name: { name: 'name' },
      types: { name: 'type' },
      since: { name: 'since' },
      until: { name: 'until' },
    },
  },
});
