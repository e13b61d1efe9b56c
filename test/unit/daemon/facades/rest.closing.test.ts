import { expect, test } from 'vitest';
import { listen } from '../../../../daemon/facades/listen.ts';
import { createRestServer } from '../../../../daemon/facades/rest.ts';
import { tokenMatcher } from '../../../../daemon/facades/tokens.ts';
import { fakeServices } from '../../../rig/fakeServices.ts';
import { RecordingLog } from '../../../rig/recordingLog.ts';

test('a request that arrives while the server closes is answered like any other', async () => {
  const app = await createRestServer({
    services: fakeServices(),
    log: new RecordingLog(),
    authenticate: tokenMatcher([]),
    hosts: [],
    legacyStatus: false,
    version: '0.0.0',
  });
  let url = '';
  const late: number[] = [];
  app.addHook('preClose', async () => void late.push((await fetch(`${url}/ping`)).status));
  url = await listen(app, { host: '127.0.0.1', port: 0 });
  await app.close();
  expect(late).toEqual([200]);
});
