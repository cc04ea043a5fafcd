#!/usr/bin/env bash
# Installs the programs of others that the tests of the collector use: nginx, rsyslog, syslog-ng, logger, softflowd, kcat, strace
# (all from Debian's packages) and a Kafka broker. Without them those tests are left out with a message. rsyslog and
# syslog-ng refuse to be installed side by side, so syslog-ng is unpacked into a folder.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends nginx-light rsyslog rsyslog-elasticsearch rsyslog-gnutls bsdutils softflowd kcat strace \
  libivykis0 libnet1 libpcre3 libwrap0 libjson-c5 libcurl4 >/dev/null
if [ ! -x /opt/syslog-ng/usr/sbin/syslog-ng ]; then
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq syslog-ng-core syslog-ng-mod-http syslog-ng-scl)
  for package in "$folder"/*.deb; do dpkg -x "$package" /opt/syslog-ng; done
  rm -rf "$folder"
fi
# Apache Kafka's own broker, for the topics: its libraries come from Maven's registry and run on the Java that is there.
if [ ! -d /opt/kafka/libs ] && command -v mvn >/dev/null && command -v java >/dev/null; then
  folder=$(mktemp -d)
  cat >"$folder/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tongan</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.1.2</version></dependency>
  </dependencies>
</project>
POM
  (cd "$folder" && timeout 300 mvn -q -B dependency:copy-dependencies -DoutputDirectory=/opt/kafka/libs) || rm -rf /opt/kafka
  rm -rf "$folder"
fi
