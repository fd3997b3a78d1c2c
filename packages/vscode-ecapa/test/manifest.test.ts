import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command?: string; readonly submenu?: string }[]>
    >;
    readonly submenus: readonly { readonly id: string }[];
  };
}

describe('the manifest', () => {
  const { contributes } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as Manifest;

  it('has no entry twice', () => {
    const lists = { ...contributes.menus, commands: contributes.commands };
    for (const [name, entries] of Object.entries(lists)) {
      const texts = entries.map((entry) => JSON.stringify(entry));
      assert.deepEqual(
        texts.filter((text, index) => texts.indexOf(text) !== index),
        [],
        name,
      );
    }
  });

  it('names only commands and submenus that it has in its menus', () => {
    const commands = new Set(contributes.commands.map(({ command }) => command));
    const submenus = new Set(contributes.submenus.map(({ id }) => id));
    for (const [menu, entries] of Object.entries(contributes.menus))
      for (const { command, submenu } of entries) {
        if (command !== undefined) assert.ok(commands.has(command), `${command} in ${menu}`);
        if (submenu !== undefined) assert.ok(submenus.has(submenu), `${submenu} in ${menu}`);
      }
  });
});
