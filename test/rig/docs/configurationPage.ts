/** docs/configuration.md, written from the table of settings. */
import { flagName, settingsOf, variableName } from '../../../daemon/configSettings.ts';
import { table } from './table.ts';

const anyHostBytes = 2 ** 36;

const rows = Object.entries(settingsOf(anyHostBytes)).map(([key, { fallback, about, flag }]) => [
  `\`${key}\``,
  Array.isArray(fallback) ? `\`[${fallback.join(', ')}]\`` : `\`${String(fallback)}\``,
  about,
  flag === undefined ? '' : `\`--${flagName(key)}\``,
  `\`${variableName(key)}\``,
]);

export const configurationPage = `# Configuration

<!-- Written by \`npm run -s docs\` from daemon/configSettings.ts; a test fails when it is stale. -->

\`berthd\` reads \`/etc/berth/berth.toml\`, or the file that \`--config\` or \`BERTH_CONFIG\` names. A flag wins over a
variable of the environment, that over the file, that over the default. \`berthd check-config\` prints every setting
with the value in force and where it came from, and names everything that is wrong at once.

${table(['key', 'default', 'what it is', 'flag', 'variable'], rows)}

A dot in a key is a table in the file:

\`\`\`toml
portRange = "42000-42999"

[defaults]
memoryPerGpu = "64GiB"
cpusPerGpu = 8
\`\`\`

Sizes read like \`512MiB\` or \`64GiB\` (powers of 1024; \`MB\` and \`GB\` are powers of 1000), durations like \`10s\` or
\`10min\`. \`DOCKER_HOST\` is obeyed where neither flag, variable nor file names an engine.
`;
