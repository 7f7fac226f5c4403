#!/bin/sh
# Writes the OpenBLAS bindings (src/main/java/dev/lanewise/blas/openblas) with jextract.
#
#   jextract/generate.sh           writes them anew
#   jextract/generate.sh --check   only tells whether they differ from what would be written (exit 1)
#
#   JEXTRACT     the jextract to run; otherwise the one on the PATH
#   OPENBLAS_JAR the jar that holds the header; otherwise Maven fetches it
#   CLANG_INCLUDE  folder of clang's own headers (stddef.h), if jextract does not bring them along
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=$(dirname "$here")/src/main/java/dev/lanewise/blas/openblas

fail() {
  echo "generate.sh: $1" >&2
  exit 2
}

fact() {
  sed -n "s/^$1=//p" "$here/header.properties"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

mode=write
case ${1:-} in
  '') ;;
  --check) mode=check ;;
  *) fail "unknown argument '$1'; expected --check or nothing." ;;
esac

jextract=${JEXTRACT:-jextract}
command -v "$jextract" >/dev/null 2>&1 ||
  fail "found no jextract; put one on the PATH or name it in JEXTRACT (see jextract/README.md)."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

jar=${OPENBLAS_JAR:-}
if [ -z "$jar" ]; then
  ${MVN:-mvn} -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
    -Dartifact="$(fact artifact)" -DoutputDirectory="$work" >&2 ||
    fail "Maven could not fetch $(fact artifact); name the jar in OPENBLAS_JAR instead."
  jar=$(ls "$work"/*.jar)
fi

mkdir "$work/header" "$work/out"
folder=$(fact folder)
unzip -q -j "$jar" "$folder/cblas.h" "$folder/openblas_config.h" -d "$work/header" ||
  fail "$jar holds no $folder/cblas.h."
for name in cblas.h openblas_config.h; do
  found=$(sha256 "$work/header/$name")
  expected=$(fact "$name.sha256")
  [ "$found" = "$expected" ] ||
    fail "$name has SHA-256 $found; expected $expected (header.properties, $(fact version))."
done

# shellcheck disable=SC2046 # the arguments are meant to be split
"$jextract" \
  -I "$work/header" ${CLANG_INCLUDE:+-I "$CLANG_INCLUDE"} \
  $(grep -v '^#' "$here/symbols.args") \
  --output "$work/out" \
  "$work/header/$(fact header)" >&2 || fail "jextract failed."

# One line is not portable: C_LONG is cast to a 64-bit layout, but has 32 bits on Windows, where the
# class would not initialise. No function here uses it.
out=$work/out/dev/lanewise/blas/openblas
for file in "$out"/*.java; do
  sed -e '/ C_LONG = /d' -e 's/[[:space:]]*$//' "$file" | sed -e '/./,$!d' >"$file.clean"
  mv "$file.clean" "$file"
done
cp "$here/package-info.java.txt" "$out/package-info.java"

if [ "$mode" = check ]; then
  diff -r "$target" "$out" >&2 || {
    echo "generate.sh: the bindings differ from what $("$jextract" --version 2>&1 | head -n 1) writes." >&2
    exit 1
  }
  echo "The bindings are up to date."
  exit 0
fi

mkdir -p "$target"
rm -f "$target"/*.java
cp "$out"/*.java "$target"/
echo "Wrote $(cat "$target"/*.java | wc -l | tr -d ' ') lines to $target"
