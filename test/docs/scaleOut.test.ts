import { Command } from 'commander';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineBake } from '../../src/commands/bake/command.js';
import { defineWorker } from '../../src/commands/worker/command.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/scale-out.md', import.meta.url)), 'utf8');

/** Lines that call `weldon`: in a shell, in compose, and as lists of words in Kubernetes and a Dockerfile. */
function callsOf(text: string): string[][] {
  const blocks = [...text.matchAll(/```(?:sh|yaml|dockerfile)\n(.*?)```/gs)].map(([, block]) => block);
  return blocks.flatMap((block) =>
    block.split('\n').flatMap((line) => {
      const list = /(?:command: |CMD )\[("?weldon.*)\]$/.exec(line);
      if (list !== null) {
        return [list[1].split(',').map((word) => word.trim().replace(/^"|"$/g, ''))];
      }
      const call = /^\s*(?:command: )?(weldon .*?)(?:\s+#.*)?$/.exec(line);
      return call === null ? [] : [call[1].split(/\s+/)];
    }),
  );
}

describe('docs/scale-out.md', () => {
  it('feature: every call of weldon in it is one that the program takes', async () => {
    const calls = callsOf(page);
    expect(calls.length).to.be.at.least(9);
    for (const [, verb, ...words] of calls) {
      const command = new Command(verb).exitOverride();
      (verb === 'worker' ? defineWorker : defineBake)(command);
      for (const each of [command, ...command.commands]) {
        each.exitOverride().action(() => undefined);
      }
      await command.parseAsync(words, { from: 'user' });
    }
  });

  it('feature: asks of Redis what the program asks', () => {
    const servers = page.split('\n').filter((line) => line.includes('redis-server --'));
    expect(servers.length).to.equal(2);
    for (const line of servers) {
      expect(line).to.include('--appendonly yes --appendfsync always --maxmemory-policy noeviction');
    }
  });
});
