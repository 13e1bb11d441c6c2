#!/bin/sh
# Runs every Go test with the build tag compat against the Symfony of each Debian suite, in a container of its own:
#
#   compat/run.sh [suite...]    bookworm  PHP 8.2, Symfony 5.4, PostgreSQL 15, MariaDB 10.11
#                               trixie    PHP 8.4, Symfony 6.4, PostgreSQL 17, MariaDB 11.8
#                               forky     PHP 8.4, Symfony 7.4, PostgreSQL and MariaDB as they are that day
#                               experimental  the same with Symfony 8.1
#
# Without arguments, the first three. COMPATFLAGS is passed to go test (-run X -v). Go builds the tests here; the container
# has the repository, read-only and under the same path, and no network. Needs Docker and Debian's package archive.
set -eu
compat=$(cd "$(dirname "$0")" && pwd)
cd "$compat/.."

# As the -exec of go test, it is called for each test binary, in the folder of its package.
if [ "${1:-}" = --in ]; then
    image=$2 folder=$OLDPWD
    shift 2
    exec docker run --rm --init --network none -v "$PWD:$PWD:ro" -v "$(dirname "$1"):$(dirname "$1"):ro" -w "$folder" "$image" "$@"
fi

packages=$(git grep -lE '^//go:build .*\bcompat\b' -- '*_test.go' | xargs -n 1 dirname | sort -u | sed 's,^,./,')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
for suite in ${*:-bookworm trixie forky}; do
    image=envelog-compat:$suite
    echo "== $suite"
    # Without BuildKit, and in the network of the host: so it builds too where the engine has no way out of its own.
    base=$suite
    [ "$suite" != experimental ] || base=forky
    DOCKER_BUILDKIT=0 docker build --network host --build-arg "SUITE=$suite" --build-arg "BASE=$base" --tag "$image" - <"$compat/Dockerfile" >"$log" 2>&1 ||
        { cat "$log" >&2; exit 1; }
    # shellcheck disable=SC2086
    CGO_ENABLED=0 go test -count 1 -tags compat -exec "$compat/run.sh --in $image" ${COMPATFLAGS:-} $packages || status=1
done
exit $status
