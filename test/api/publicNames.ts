import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A name that a face of the package exports. */
export interface PublicName {
  name: string;
  kind: 'value' | 'type';
  /** where it is declared, from the repository's root */
  file: string;
  /** first sentence or more of its docstring, empty for none */
  docstring: string;
  /** names of its properties, methods and parameters */
  parts: string[];
  /** whether it takes an object of options: one whose fields may be left out */
  takesOptions: boolean;
}

/** The public names of the faces, read by the TypeScript compiler from the sources. */
export function publicNames<Face extends string>(faces: Record<Face, string>): Record<Face, PublicName[]> {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config as unknown;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const paths = Object.entries<string>(faces).map(([face, path]) => [face, root + path] as [Face, string]);
  const program = ts.createProgram(
    paths.map(([, path]) => path),
    options,
  );
  const checker = program.getTypeChecker();

  const isOptions = (type: ts.Type): boolean => {
    const { Object, Intersection } = ts.TypeFlags;
    const isPlain = (type.flags & (Object | Intersection)) !== 0 && type.getCallSignatures().length === 0;
    const name = type.aliasSymbol?.name ?? type.symbol?.name ?? '__type';
    const free = type.getProperties().some((field) => field.flags & ts.SymbolFlags.Optional);
    return isPlain && (/(Options|Config|Defaults)$/.test(name) || (['__type', 'Pick'].includes(name) && free));
  };

  /** Whether a function or constructor has a parameter that is an object of options. */
  function takesOptions(symbol: ts.Symbol, declaration: ts.Declaration): boolean {
    const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
    return [...type.getCallSignatures(), ...type.getConstructSignatures()]
      .flatMap((signature) => signature.getParameters())
      .map((parameter) => checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, declaration)))
      .some((type) => (type.isUnion() ? type.types : [type]).some(isOptions));
  }

  function describe(symbol: ts.Symbol): PublicName {
    const [specifier] = symbol.declarations ?? [];
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const [declaration] = target.declarations ?? [];
    const typeOnly = ts.isExportSpecifier(specifier) && (specifier.isTypeOnly || specifier.parent.parent.isTypeOnly);
    const parts: string[] = [];
    ts.forEachChild(declaration, function visit(node): void {
      if (ts.isBlock(node)) {
        return;
      }
      const isPart = ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isMethodDeclaration(node);
      if (isPart || ts.isParameter(node) || ts.isGetAccessor(node)) {
        parts.push(node.name.getText());
      }
      ts.forEachChild(node, visit);
    });
    const kind = !typeOnly && target.flags & ts.SymbolFlags.Value ? 'value' : 'type';
    return {
      name: symbol.name,
      kind,
      takesOptions: kind === 'value' && takesOptions(target, declaration),
      file: declaration.getSourceFile().fileName.slice(root.length),
      docstring: ts.displayPartsToString(target.getDocumentationComment(checker)),
      parts,
    };
  }

  return Object.fromEntries(
    paths.map(([face, path]) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol;
      return [face, checker.getExportsOfModule(module).map(describe)];
    }),
  ) as Record<Face, PublicName[]>;
}
