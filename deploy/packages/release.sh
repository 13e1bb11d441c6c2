#!/usr/bin/env bash
# Builds what a release consists of into dist/: static binaries, packages, their contents as an SBOM, and checksums. The
# same commit gives the same bytes: times are those of the commit, and nothing of this machine is in them.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly NFPM=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
readonly SBOM=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
GO=${GO:-go}

# Of the newest tag, or, before the first one, 0.0.0 and the number of commits.
VERSION=${VERSION:-$(git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || echo "v0.0.0-$(git rev-list --count HEAD)-g$(git rev-parse --short HEAD)")}
COMMIT=$(git rev-parse HEAD)
export VERSION COMMIT
DATE=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
MAINTAINER=${MAINTAINER:-$(git log -1 --format='%an <%ae>')}
export DATE SOURCE_DATE_EPOCH MAINTAINER CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"

dist=dist
rm -rf "$dist"
mkdir -p "$dist"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-s -w -buildid= -X envelog/internal/build.version=$VERSION -X envelog/internal/build.commit=$COMMIT -X envelog/internal/build.date=$DATE"

# fill puts the variables of this script into a text.
fill() { sed -e "s|\${ARCH}|$ARCH|; s|\${VERSION}|$VERSION|; s|\${DATE}|$DATE|; s|\${MAINTAINER}|$MAINTAINER|; s|\${BUILD}|$BUILD|"; }

GOFLAGS='' GOBIN="$work" "$GO" install "$NFPM"
GOFLAGS='' GOBIN="$work" "$GO" install "$SBOM"

for target in ${TARGETS:-linux/amd64 linux/arm64 darwin/arm64}; do
    os=${target%/*} arch=${target#*/}
    echo "release: $target"
    GOOS=$os GOARCH=$arch "$GO" build -ldflags "$flags" -o "$dist/envelog-$os-$arch" ./cmd/envelog
done

# The pages and completions are the same on every platform: this machine's own binaries write them.
"$GO" build -ldflags "$flags" -o "$work" ./cmd/envelog ./cmd/envelog-manual
mkdir -p "$work/completion"
"$work/envelog-manual" "$work/man"
gzip -9n "$work"/man/*.1
for shell in bash zsh fish; do "$work/envelog" completion "$shell" >"$work/completion/$shell"; done

for target in ${TARGETS:-linux/amd64 linux/arm64}; do
    [ "${target%/*}" = linux ] || continue
    export ARCH=${target#*/} BUILD="$work"
    cp "$dist/envelog-linux-$ARCH" "$work/envelog"
    for packager in deb rpm; do
        fill <deploy/packages/nfpm.yaml >"$work/nfpm.yaml"
        "$work/nfpm" package --config "$work/nfpm.yaml" --packager "$packager" --target "$dist/" >/dev/null
    done
done

"$work/cyclonedx-gomod" app -json -noserial -licenses=false -main cmd/envelog -output "$dist/envelog.cdx.json" .
sed -i -E "s|(\"timestamp\": )\"[^\"]*\"|\1\"$DATE\"|" "$dist/envelog.cdx.json"
(cd "$dist" && sha256sum -- * >SHA256SUMS)
ls -l "$dist"
