/** The API reference calls a module by the name that a program imports. */
import { Converter, ReflectionKind } from 'typedoc';

const publicNames = {
  index: 'tfjs-weldon',
  'index.node': 'tfjs-weldon/node',
  search: 'tfjs-weldon/search',
  tagging: 'tfjs-weldon/tagging',
  onnx: 'tfjs-weldon/onnx',
};

/** @param {import('typedoc').Application} application */
export function load(application) {
  application.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kind === ReflectionKind.Module) {
      const name = reflection.name.replace(/\/index$/, '');
      reflection.name = publicNames[name] ?? name;
    }
  });
}
