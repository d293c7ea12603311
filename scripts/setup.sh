#!/usr/bin/env bash
# Installs what building needs (--tests: what testing needs too) on Debian 12 or Ubuntu, and the npm packages of the
# lock file. Quick when nothing is missing. On another system it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { missing+=("$1"); }
has() { command -v "$1" >/dev/null; }

has cmake || need cmake
has ninja || need ninja-build
has c++ || need g++
if [ -z "${EMSDK:-}" ]; then
  has emcc || need emscripten
  has clang++-19 || need clang-19  # for the kernels (cmake/kernels.cmake)
  has wasm-ld-19 || need lld-19
fi
has xz || need xz-utils
[ -e /usr/include/eigen3/Eigen/Core ] || need libeigen3-dev
[ -e /usr/include/nlohmann/json.hpp ] || need nlohmann-json3-dev
[ -e /usr/include/doctest/doctest.h ] || need doctest-dev
if [ "${1:-}" = --tests ]; then
  has clang++-14 || need clang-14
  compgen -G '/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.asan*' >/dev/null || need libclang-rt-14-dev
  has chromium || need chromium
  has firefox-esr || need firefox-esr
fi

# Tools that single tests use, which are skipped by name without them.
optional=()
if [ "${1:-}" = --tests ]; then
  has sphinx-build || optional+=(python3-sphinx)
  has mkdocs || optional+=(mkdocs)
  has WebKitWebDriver || optional+=(webkit2gtk-driver)
  has xvfb-run || optional+=(xvfb xauth)
fi

if [ "$(node -p 'process.versions.node.split(`.`)[0] >= 20')" != true ]; then
  echo 'install Node.js 20 or newer' >&2
  exit 1
fi

if [ ${#missing[@]} -gt 0 ]; then
  if ! has apt-get; then
    for package in "${missing[@]}"; do echo "install $package (its name in Debian)" >&2; done
    exit 1
  fi
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! has sudo; then
      echo "as root: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# node_modules is as the lock file says, or is made so.
stamp=node_modules/.installed-lock
if ! cmp -s package-lock.json "$stamp"; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi

if [ "${1:-}" = --tests ]; then
  if [ ${#optional[@]} -gt 0 ] && has apt-get && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${optional[@]}" >/dev/null ||
      echo "not installed, their tests are skipped: ${optional[*]}" >&2
  fi
  stamp=tests/recipes/node_modules/.installed-lock
  if ! cmp -s tests/recipes/package-lock.json "$stamp"; then
    if npm ci --prefix tests/recipes --ignore-scripts --no-audit --no-fund --loglevel=error; then
      cp tests/recipes/package-lock.json "$stamp"
    else
      echo 'the tools of tests/recipes are not installed; their tests are skipped' >&2
    fi
  fi
fi
