#!/bin/sh
# Runs the tests of php-handler on Debian's PHP, Symfony and Monolog, each suite in a container of its own:
#
#   tests/run.sh [suite...]     bookworm  PHP 8.2, Symfony 5.4, Monolog 2.9, PHPUnit 9
#                               trixie    PHP 8.4, Symfony 6.4, Monolog 3.9, PHPUnit 11
#                               forky     PHP 8.4, Symfony 7.4, Monolog 3.12, PHPUnit 13
#                               experimental   forky, with the Symfony 8 and the Redis of that day
#
# Without arguments, all four. ENVELOG_BIN names the envelog to test against (a static binary; by default it is built),
# PHPUNIT_ARGS is passed on. Debian has no MonologBundle: MONOLOG_BUNDLE names a checkout of symfony/monolog-bundle; without
# it, one is cloned, and where that is not possible, a stand-in takes its place. Needs Docker, and Go unless ENVELOG_BIN is set.
set -eu
cd "$(dirname "$0")/.."
root=$(cd .. && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "${ENVELOG_BIN:-}" ]; then
    ENVELOG_BIN=$work/envelog
    (cd "$root" && CGO_ENABLED=0 go build -trimpath -o "$ENVELOG_BIN" ./cmd/envelog)
fi

# A MonologBundle that goes with the suite's Symfony: 4 needs Symfony 7.3, 3 ends before Symfony 8.
monolog_bundle() {
    version=v3.10.0
    [ "$1" != experimental ] || version=v4.0.0
    [ -d "$work/$version" ] && return
    timeout 60 git clone --quiet --depth 1 --branch "$version" https://github.com/symfony/monolog-bundle "$work/$version" 2>/dev/null && return
    echo "MonologBundle cannot be cloned here: a stand-in takes its place. MONOLOG_BUNDLE=/path/to/checkout names the real one." >&2
    version=
}

status=0
for suite in ${*:-bookworm trixie forky experimental}; do
    echo "== $suite"
    image=envelog-php-handler:$suite
    base=$suite experimental=
    [ "$suite" != experimental ] || base=forky experimental=yes
    DOCKER_BUILDKIT=0 docker build --network host --build-arg SUITE="$base" --build-arg EXPERIMENTAL=$experimental -t "$image" - <tests/Dockerfile >"$work/build" 2>&1 || {
        cat "$work/build"
        exit 1
    }
    set -- --rm --init --network host --cap-add SYS_PTRACE --tmpfs /tmp:exec -v "$root/php-handler:/php-handler:ro" -v "$ENVELOG_BIN:/usr/local/bin/envelog:ro"
    [ -n "${MONOLOG_BUNDLE:-}" ] || monolog_bundle "$suite"
    bundle=${MONOLOG_BUNDLE:-${version:+$work/$version}}
    [ -z "$bundle" ] || set -- "$@" -v "$bundle:/monolog-bundle:ro" -e MONOLOG_BUNDLE=/monolog-bundle
    # shellcheck disable=SC2086
    docker run "$@" -e ENVELOG_BIN=/usr/local/bin/envelog "$image" phpunit ${PHPUNIT_ARGS:-} || status=1
done
exit $status
