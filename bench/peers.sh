#!/bin/sh
# Brings the peers' jars to bench/target/peer-jars: libtorch, oneDNN, and what they are called through.
# They are fetched one by one, without what they depend on: the parent of their descriptors is not
# in the central repository, so a project cannot name them like other dependencies (and newer
# releases of the plugin that fetches them want the descriptors, too).
#
#   MVN    how Maven is called

set -eu
platform=linux-x86_64
peers="javacpp:1.5.14 pytorch:2.13.0-1.5.14 dnnl:3.13-1.5.14"

cd "$(dirname "$0")"
[ "$(cat target/peer-jars/complete 2>/dev/null)" != "$peers" ] || exit 0
rm -rf target/peer-jars
mkdir -p target/peer-jars
# shellcheck disable=SC2086 # the command is meant to be split
$MVN -q -f ../pom.xml org.apache.maven.plugins:maven-help-plugin:3.5.1:evaluate \
  -Dexpression=settings.localRepository "-Doutput=$PWD/target/peer-jars/repository"
repository=$(cat target/peer-jars/repository)
for peer in $peers; do
  name=${peer%%:*}
  version=${peer#*:}
  for classifier in "" "$platform"; do
    # shellcheck disable=SC2086
    $MVN -q org.apache.maven.plugins:maven-dependency-plugin:2.8:get -Dtransitive=false \
      "-Dartifact=org.bytedeco:$peer${classifier:+:jar:$classifier}"
    cp "$repository/org/bytedeco/$name/$version/$name-$version${classifier:+-$classifier}.jar" \
      "target/peer-jars/$name${classifier:+-$classifier}.jar"
  done
done
echo "$peers" >target/peer-jars/complete
