import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BerthEvent } from '../../../../common/contract/event.ts';
import { AppError } from '../../../../common/errors.ts';
import { listen } from '../../../../daemon/facades/listen.ts';
import { createTrpcServer } from '../../../../daemon/facades/trpcSocket.ts';
import { eventually } from '../../../rig/eventually.ts';
import { fakeServices } from '../../../rig/fakeServices.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { RecordingLog } from '../../../rig/recordingLog.ts';
import { openSocketFace } from '../../../rig/socketFace.ts';

test('events are lines until Ctrl-C, which is a clean end', async () => {
  await using face = await openSocketFace();
  const terminal = new FakeTerminal();
  const done = berth(['events'], face.path, terminal);
  await terminal.shows('stdout', '✓ stop train');
  terminal.interrupt();
  const { code, out, err } = await done;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n')[0]).toContain('watching 2 replicaSets; 4 GPUs: 2 free, 2 granted; 1 port in use');
});

test('--json is one document a line, the snapshot first', async () => {
  await using face = await openSocketFace();
  const terminal = new FakeTerminal();
  const done = berth(['events', '--json'], face.path, terminal);
  await terminal.shows('stdout', '"stop"');
  terminal.interrupt();
  const lines = (await done).out.trimEnd().split('\n');
  expect(lines.map((line) => BerthEvent.parse(JSON.parse(line)).type)).toEqual(['snapshot', 'operation']);
});

test('its flags reach the daemon', async () => {
  const asked: unknown[] = [];
  await using face = await openSocketFace({
    services: {
      event: {
        async *watch(input) {
          asked.push(input);
          yield { type: 'setRemoved', name: 'train' };
        },
      },
    },
  });
  const { code, err } = await berth(['events', '--telemetry', '--name', 'train'], face.path);
  expect(asked).toEqual([{ telemetry: true, name: 'train' }]);
  expect(code).toBe(3);
  expect(err).toContain('berthd ended the stream of events');
});

test('a refusal ends it like any other command', async () => {
  const watch = () => {
    throw new AppError('FORBIDDEN', 'not for you');
  };
  await using face = await openSocketFace({ services: { event: { watch } } });
  expect(await berth(['events'], face.path)).toMatchObject({ code: 1, err: 'berth: not for you\n' });
});

test('it outlives a restart of the daemon, says so, and goes on with a fresh snapshot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-events-'));
  const path = join(folder, 'berth.sock');
  const serve = async () => {
    const app = await createTrpcServer({
      services: fakeServices(),
      identify: () => ({ actor: 'alice', role: 'view' }),
      exec: () => Promise.reject(new Error('nothing to run')),
      attach: () => Promise.reject(new Error('nothing to see')),
      log: new RecordingLog(),
    });
    await listen(app, { path, mode: 0o600 });
    return app;
  };
  const first = await serve();
  const terminal = new FakeTerminal();
  const done = berth(['events', '--json'], path, terminal);
  await terminal.shows('stdout', 'snapshot');
  await first.close();
  await terminal.shows('stderr', 'berthd went away; waiting for it to come back.');
  const second = await serve();
  await terminal.shows('stderr', 'berthd is back.');
  const snapshots = () => terminal.stdout.text.match(/"type":"snapshot"/g) ?? [];
  await eventually('there is a second snapshot', () => snapshots().length === 2);
  terminal.interrupt();
  const { code } = await done;
  await second.close();
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
});
