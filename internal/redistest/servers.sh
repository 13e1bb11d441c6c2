#!/bin/sh
# Runs the tests of the Redis transport inside images of other servers: servers.sh redis:8.6 valkey/valkey:9
set -eu
cd "$(dirname "$0")/../.."
binary=$(mktemp -d)
trap 'rm -rf "$binary"' EXIT
CGO_ENABLED=0 go test -c -tags integration,faults -o "$binary/transport.test" ./internal/transport/redis
for image in "$@"; do
	echo "== $image"
	docker run --rm --network none -v "$PWD:/src:ro" -v "$binary:/test:ro" -w /src/internal/transport/redis --entrypoint sh "$image" -c '
		command -v redis-server >/dev/null || ln -s "$(command -v valkey-server)" /usr/local/bin/redis-server
		redis-server --version
		/test/transport.test -test.timeout 10m'
done
