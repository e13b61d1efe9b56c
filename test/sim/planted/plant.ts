/** Loaded before everything else: plants the fault that PLANTED_FAULT names into the source it belongs to. */
import { registerHooks } from 'node:module';
import { PLANTED } from './faults.ts';

const fault = PLANTED.find(({ name }) => name === process.env.PLANTED_FAULT);
if (fault === undefined) throw new Error(`there is no planted fault ${process.env.PLANTED_FAULT}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/daemon/core/${fault.file}`)) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (source.split(fault.from).length !== 2) throw new Error(`the fault does not fit ${fault.file} any more`);
    return { ...loaded, source: source.replace(fault.from, () => fault.to) };
  },
});
