import { Command } from 'commander';
import { expect, test } from 'vitest';
import { separateCommand } from '../../../../tui/cli/argv.ts';

const program = new Command('berth').option('--socket <path>').option('--json');
program
  .command('exec')
  .argument('<name>')
  .argument('<command...>')
  .option('-i, --interactive')
  .option('-t, --tty')
  .option('-u, --user <user>');
program.command('info').alias('show').argument('<name>');

test.each([
  ['exec train ls -la', 'exec train -- ls -la'],
  ['exec train -- ls -la', 'exec train -- ls -la'],
  ['exec -it train bash', 'exec -it train -- bash'],
  ['exec train -it bash -c ls', 'exec train -it -- bash -c ls'],
  ['exec -u bob train ls', 'exec -u bob train -- ls'],
  ['exec -iu bob train ls', 'exec -iu bob train -- ls'],
  ['exec -ubob train ls', 'exec -ubob train -- ls'],
  ['exec --user=bob train ls --user x', 'exec --user=bob train -- ls --user x'],
  ['--socket /s exec train ls --json', '--socket /s exec train -- ls --json'],
  ['exec train', 'exec train'],
  ['info train --json', 'info train --json'],
  ['nonsense a b c', 'nonsense a b c'],
  ['', ''],
])('"berth %s" is read as "berth %s"', (typed, read) => {
  const words = (text: string) => text.split(' ').filter(Boolean);
  expect(separateCommand(program, words(typed))).toEqual(words(read));
});
