#!/bin/sh
# Makes zoneinfo.zip of the newest tz database that the package tzdata of Debian's stable and security archives has:
# compiled files (zic -b slim), and the file +VERSION. Needs apt, zic and zip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q tzdata
dpkg -x tzdata_*.deb package
data=package/usr/share/zoneinfo/tzdata.zi
zic -b slim -d zoneinfo "$data"
sed -n '1s/# version //p' "$data" >zoneinfo/+VERSION
cd zoneinfo
find . -type f -exec touch -d 2026-01-01T00:00:00Z {} +
find . -type f | sed 's,^\./,,' | LC_ALL=C sort | TZ=UTC zip -q -X -9 "$work/zoneinfo.zip" -@
mv "$work/zoneinfo.zip" "$here/zoneinfo.zip"
echo "zoneinfo.zip has the zones of $(cat +VERSION)"
