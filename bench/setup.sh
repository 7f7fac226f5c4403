#!/bin/sh
# Brings what libtorch needs to be at its best: an OpenBLAS built with OpenMP, and tcmalloc.
#
# They are packages of Debian and its relatives. They are unpacked into bench/target/peer and not
# installed, so neither root nor any change to the system is needed; apt verifies what it loads.
# Nothing is done where they already lie there, or where variables name other copies
# (LANEWISE_BENCH_OPENBLAS, LANEWISE_BENCH_TCMALLOC: paths of the shared libraries).

set -eu
peer=$(cd "$(dirname "$0")" && pwd)/target/peer

[ ! -f "$peer/complete" ] || exit 0
[ -z "${LANEWISE_BENCH_OPENBLAS:-}" ] || [ -z "${LANEWISE_BENCH_TCMALLOC:-}" ] || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "bench/setup.sh: no apt-get here; install an OpenMP build of OpenBLAS and tcmalloc_minimal, and name the libraries in LANEWISE_BENCH_OPENBLAS and LANEWISE_BENCH_TCMALLOC." >&2
  exit 1
fi

rm -rf "$peer"
mkdir -p "$peer/packages"
cd "$peer/packages"
# libgfortran5, libquadmath0 and libgomp1 are what this OpenBLAS is linked to.
if ! apt-get -qq download libopenblas0-openmp libtcmalloc-minimal4 libgfortran5 libquadmath0 libgomp1 2>log; then
  echo "bench/setup.sh: apt-get could not download the packages (perhaps 'apt-get update' is needed): $(grep '^E:' log | head -n 1)" >&2
  exit 1
fi
for package in *.deb; do
  dpkg-deb -x "$package" "$peer"
done
cd "$peer"
rm -r packages
touch complete
