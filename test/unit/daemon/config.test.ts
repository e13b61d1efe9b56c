import { describe, expect, test } from 'vitest';
import { type ConfigInput, explainConfig, loadConfig } from '../../../daemon/config.ts';
import { StartError } from '../../../daemon/core/startError.ts';

interface Said {
  readonly argv?: readonly string[];
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
  /** The text of the usual file. */
  readonly file?: string;
}

const GiB = 2 ** 30;
function inputOf({ argv = [], env = {}, files = {}, file }: Said): ConfigInput {
  const all: Record<string, string> = { ...files, ...(file !== undefined && { '/etc/berth/berth.toml': file }) };
  return { argv, env, readFile: (path) => all[path], memoryBytes: 64 * GiB };
}

function load(said: Said = {}) {
  const invocation = loadConfig(inputOf(said));
  if (!('config' in invocation)) throw new Error(`no configuration with ${invocation.command}`);
  return invocation;
}

const configOf = (said: Said = {}) => load(said).config;

function refusalOf(said: Said): string {
  try {
    loadConfig(inputOf(said));
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).exitCode).toBe(2);
    return (error as StartError).message;
  }
  throw new Error('it was accepted');
}

test('nothing said gives the defaults', () => {
  expect(load()).toEqual({
    command: 'serve',
    options: { file: undefined, force: false, rebuild: false, instance: undefined },
    config: {
      socket: '/run/berth/berth.sock',
      socketMode: 0o660,
      rest: { host: '127.0.0.1', port: 2378, legacyStatus: false },
      dataDir: '/var/lib/berth',
      dockerHost: 'unix:///var/run/docker.sock',
      nvidiaSmi: 'nvidia-smi',
      gpus: 'auto',
      logLevel: 'info',
      backup: { everyMs: 3_600_000, keep: 48, directory: '/var/lib/berth/backups' },
      volumes: { directory: '/var/lib/berth/volumes', backend: 'auto' },
      settings: {
        portRange: { start: 40_000, end: 65_535 },
        bindRoots: [],
        portAddress: null,
        stopTimeoutS: 10,
        shmBytes: 32 * GiB,
        memoryPerGpuBytes: null,
        cpusPerGpu: null,
        pidsMax: 32_768,
        logBytesMax: 32 * 1024 * 1024,
        exitGraceMs: 600_000,
      },
    },
    origins: expect.objectContaining({ socket: 'default', 'defaults.shm': 'default' }),
  });
});

describe('who wins', () => {
  const file = 'gpus = "sim:1"';

  test('a flag before a variable before the file before the default', () => {
    const env = { BERTH_GPUS: 'sim:2' };
    const argv = ['--gpus', 'sim:3'];
    expect(configOf({ file }).gpus).toEqual({ simulated: 1 });
    expect(configOf({ file, env }).gpus).toEqual({ simulated: 2 });
    expect(configOf({ file, env, argv }).gpus).toEqual({ simulated: 3 });
  });

  test('each origin is told', () => {
    const { origins } = load({
      argv: ['--data', '/d'],
      env: { BERTH_ADDR: '[::1]:80', DOCKER_HOST: 'tcp://h:1' },
      file,
    });
    expect(origins).toMatchObject({
      data: 'flag --data',
      addr: 'BERTH_ADDR',
      dockerHost: 'DOCKER_HOST',
      gpus: '/etc/berth/berth.toml',
      logLevel: 'default',
    });
  });

  test('DOCKER_HOST counts until the file or Berth itself is told otherwise', () => {
    const env = { DOCKER_HOST: 'unix:///d.sock' };
    expect(configOf({ env }).dockerHost).toBe('unix:///d.sock');
    expect(configOf({ env, file: 'dockerHost = "unix:///f.sock"' }).dockerHost).toBe('unix:///f.sock');
  });

  test('an empty variable says nothing', () => {
    expect(configOf({ env: { BERTH_GPUS: '', DOCKER_HOST: '', BERTH_CONFIG: '' } }).gpus).toBe('auto');
  });
});

describe('the command line', () => {
  test.each([['serve'], ['check-config']])('%s may stand before or after the flags', (command) => {
    expect(load({ argv: [command, '--gpus', 'none'] })).toMatchObject({ command, config: { gpus: 'none' } });
    expect(load({ argv: ['--gpus', 'none', command] })).toMatchObject({ command, config: { gpus: 'none' } });
  });

  test.each([
    ['--port-range', '--log-level'],
    ['--portRange', '--logLevel'],
  ])('%s and %s are the same flags', (range, level) => {
    const { config, origins } = load({ argv: [range, '1-2', level, 'debug'] });
    expect(config).toMatchObject({ logLevel: 'debug', settings: { portRange: { start: 1, end: 2 } } });
    expect(origins.portRange).toBe('flag --port-range');
  });

  test('every flag of the design is taken', () => {
    const flags = '--socket /s --addr localhost:0 --data /d --docker-host tcp://h:1 --nvidia-smi /n --gpus sim:8';
    expect(configOf({ argv: flags.split(' ') })).toMatchObject({
      socket: '/s',
      rest: { host: 'localhost', port: 0 },
      dataDir: '/d',
      dockerHost: 'tcp://h:1',
      nvidiaSmi: '/n',
      gpus: { simulated: 8 },
    });
  });

  test('--help lists the flags and the version asks for no configuration', () => {
    const help = loadConfig(inputOf({ argv: ['--help'], file: 'broken' }));
    expect(help).toMatchObject({
      command: 'help',
      text: expect.stringMatching(/--port-range <FROM-TO>.*40000-65535/s),
    });
    for (const argv of [['version'], ['--version']]) {
      expect(loadConfig(inputOf({ argv, file: 'broken' }))).toEqual({ command: 'version' });
    }
  });
});

describe('the file', () => {
  test('sizes, durations and shares are read as people write them', () => {
    const file = `
      exitGrace = "1h"
      bindRoots = ["/data", "/scratch"]
      [rest]
      legacyStatus = true
      [defaults]
      stopTimeout = 30
      shm = "25%"
      memoryPerGpu = "64GiB"
      cpusPerGpu = 8.5
      pids = "none"
      logSize = 1000`;
    expect(configOf({ file })).toMatchObject({
      rest: { legacyStatus: true },
      settings: {
        exitGraceMs: 3_600_000,
        bindRoots: ['/data', '/scratch'],
        stopTimeoutS: 30,
        shmBytes: 16 * GiB,
        memoryPerGpuBytes: 64 * GiB,
        cpusPerGpu: 8.5,
        pidsMax: null,
        logBytesMax: 1000,
      },
    });
  });

  test('the same can be said in variables', () => {
    const env = {
      BERTH_BIND_ROOTS: '/data,/scratch',
      BERTH_REST_LEGACY_STATUS: 'true',
      BERTH_DEFAULTS_CPUS_PER_GPU: '1.5',
      BERTH_DEFAULTS_PIDS: '100',
      BERTH_DEFAULTS_LOG_SIZE: '1 MB',
    };
    expect(configOf({ env })).toMatchObject({
      rest: { legacyStatus: true },
      settings: { bindRoots: ['/data', '/scratch'], cpusPerGpu: 1.5, pidsMax: 100, logBytesMax: 1_000_000 },
    });
  });

  test.each([
    ['--config', { argv: ['--config', '/mine.toml'] }],
    ['BERTH_CONFIG', { env: { BERTH_CONFIG: '/mine.toml' } }],
  ])('%s names another one, which must exist', (_, said) => {
    expect(configOf({ ...said, files: { '/mine.toml': 'gpus = "none"' }, file: 'gpus = "sim:1"' }).gpus).toBe('none');
    expect(refusalOf(said)).toContain('the configuration file /mine.toml does not exist');
  });

  test('a syntax error is told with file and line', () => {
    expect(refusalOf({ file: 'gpus = "auto"\nport range = 1' })).toContain('/etc/berth/berth.toml:2:');
  });

  test('a file that cannot be read is told', () => {
    const readFile = (): never => {
      throw new Error('EACCES: permission denied');
    };
    expect(() => loadConfig({ ...inputOf({}), readFile })).toThrow(/berth.toml cannot be read: EACCES/);
  });
});

describe('refusals', () => {
  test('unknown keys are named, with what was probably meant', () => {
    const text = refusalOf({ file: 'portrange = "1-2"\ncolour = 1\n[rest]\nlegacystatus = true' });
    expect(text).toContain('there is no setting "portrange"; did you mean "portRange"?');
    expect(text).toContain('there is no setting "rest.legacystatus"; did you mean "rest.legacyStatus"?');
    expect(text).toMatch(/there is no setting "colour"$/m);
  });

  test('a slip in a variable is named, but the variables of others pass', () => {
    expect(refusalOf({ env: { BERTH_PORTRANGE: '1-2' } })).toContain('did you mean BERTH_PORT_RANGE?');
    expect(configOf({ env: { BERTH_TOKEN: 'x', BERTH_TEST_ROOT: '/x' } }).gpus).toBe('auto');
  });

  test('all problems come at once, each with key, place, value and what is allowed', () => {
    const said = { argv: ['--gpus', 'sim:0'], env: { BERTH_LOG_LEVEL: 'loud' }, file: 'socketMode = 432' };
    expect(refusalOf(said).split('\n')).toEqual([
      'the configuration is wrong:',
      '  socketMode (/etc/berth/berth.toml) is 432; allowed: an octal mode in quotes, such as "0660"',
      '  gpus (flag --gpus) is "sim:0"; allowed: "auto", "none", or "sim:N" with N from 1 to 64',
      '  logLevel (BERTH_LOG_LEVEL) is "loud"; allowed: one of debug, info, warn, error',
    ]);
  });

  test.each(['0.0.0.0:2378', '[::]:2378', '192.168.1.5:2378', 'gpuhost:2378', '128.0.0.1:1'])(
    'REST on %s is refused with the reason',
    (addr) => {
      expect(refusalOf({ argv: ['--addr', addr] })).toMatch(/no TLS.*in clear.*SSH tunnel/);
    },
  );

  test.each(['127.0.0.1:2378', '127.9.9.9:1', '[::1]:2378', 'localhost:65535'])('REST on %s is accepted', (addr) => {
    const { rest } = configOf({ argv: ['--addr', addr] });
    expect(addr.replace(/[[\]]/g, '')).toBe(`${rest.host}:${rest.port}`);
  });

  test.each([
    ['addr', '2378'],
    ['addr', '127.0.0.1:65536'],
    ['addr', ':2378'],
    ['portRange', '65535-40000'],
    ['portRange', '0-100'],
    ['portRange', '1-65536'],
    ['portRange', 40_000],
    ['gpus', 'sim:65'],
    ['gpus', 8],
    ['dockerHost', 'ssh://host'],
    ['dockerHost', '/var/run/docker.sock'],
    ['socket', `/${'s'.repeat(107)}`],
    ['socketMode', '0668'],
    ['data', ''],
    ['bindRoots', ['data']],
    ['bindRoots', 'data'],
    ['exitGrace', '10 parsecs'],
    ['exitGrace', -1],
    ['rest.legacyStatus', 'yes'],
    ['defaults.shm', '101%'],
    ['defaults.memoryPerGpu', '50%'],
    ['defaults.cpusPerGpu', 0],
    ['defaults.pids', 0],
    ['defaults.logSize', true],
  ])('%s = %j is refused by its key', (key, value) => {
    expect(refusalOf({ file: `${key} = ${JSON.stringify(value)}` })).toContain(`\n  ${key} (/etc/berth/berth.toml) is`);
  });
});

test('the explanation shows each setting, its value in force and where it came from', () => {
  const { config, origins } = load({
    argv: ['--addr', '[::1]:80'],
    env: { BERTH_GPUS: 'sim:8' },
    file: 'exitGrace = 90',
  });
  const lines = explainConfig(config, origins)
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(lines).toHaveLength(Object.keys(origins).length);
  expect(lines).toEqual(
    expect.arrayContaining([
      ['addr', '[::1]:80', 'flag --addr'],
      ['gpus', 'sim:8', 'BERTH_GPUS'],
      ['exitGrace', '1 min 30 s', '/etc/berth/berth.toml'],
      ['socketMode', '0660', 'default'],
      ['defaults.shm', '32 GiB', 'default'],
      ['defaults.memoryPerGpu', 'none', 'default'],
      ['bindRoots', 'none', 'default'],
    ]),
  );
});
