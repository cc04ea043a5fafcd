#!/usr/bin/env bash
# Installs, from Debian's packages, the programs of others that the tests of the collector let deliver: rsyslog, syslog-ng,
# logger, softflowd, kcat. Without them those tests are left out with a message. rsyslog and syslog-ng refuse to be installed
# side by side, so syslog-ng is unpacked into a folder.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends rsyslog rsyslog-elasticsearch rsyslog-gnutls bsdutils softflowd kcat \
  libivykis0 libnet1 libpcre3 libwrap0 libjson-c5 libcurl4 >/dev/null
if [ ! -x /opt/syslog-ng/usr/sbin/syslog-ng ]; then
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq syslog-ng-core syslog-ng-mod-http syslog-ng-scl)
  for package in "$folder"/*.deb; do dpkg -x "$package" /opt/syslog-ng; done
  rm -rf "$folder"
fi
