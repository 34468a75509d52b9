const modules: Record<string, string> = {
  bn1: 'bn0',
  conv1: 'conv0',
  bn2: 'bn1',
  conv2: 'conv1',
  convShortcut: 'convdim',
};

/**
 * The name of a tensor in the authors' PyTorch code, for example `block1.layer.0.conv1.weight` →
 * `group0.block0.conv0`: groups, norms and convolutions count from 0, and convolutions have no `.weight`.
 */
export function authorsWideResnetName(name: string): string {
  const withoutWeight = (module: string, part: string) => (module.startsWith('conv') ? module : `${module}.${part}`);
  const inBlock = /^block(\d)\.layer\.(\d+)\.(\w+)\.(\w+)$/.exec(name);
  if (inBlock !== null) {
    const [, group, block, module, part] = inBlock;
    return `group${Number(group) - 1}.block${block}.${withoutWeight(modules[module] ?? module, part)}`;
  }
  return name.replace(/^conv1\.weight$/, 'conv0').replace(/^bn1\./, 'bn.');
}
