# envelog as an image of one static binary: no shell, no PHP, not root.
FROM golang:1.26 AS build
# Nothing of the sources or of the libraries runs as root, not even while it is built.
RUN mkdir -p /src /out /build && chown 1000:1000 /src /out /build
USER 1000:1000
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-trimpath HOME=/build GOCACHE=/build/cache GOPATH=/build/go
# The databases' drivers take longer than all the rest, and seldom change: a layer of their own.
COPY --chown=1000:1000 go.mod go.sum ./
RUN go mod download && go build github.com/go-sql-driver/mysql github.com/jackc/pgx/v5/stdlib modernc.org/sqlite
COPY --chown=1000:1000 . .
# docker build --build-arg VERSION=v1.2.3 --build-arg COMMIT=$(git rev-parse HEAD) --build-arg DATE=2026-11-30T10:00:00Z
ARG VERSION=
ARG COMMIT=
ARG DATE=
RUN go build -ldflags="-s -w -X envelog/internal/build.version=$VERSION -X envelog/internal/build.commit=$COMMIT -X envelog/internal/build.date=$DATE" -o /out/envelog ./cmd/envelog && mkdir -p /out/app/var/log /out/tmp

FROM scratch
ARG VERSION=
ARG COMMIT=
ARG DATE=
LABEL org.opencontainers.image.title="envelog" \
      org.opencontainers.image.description="Writes what a Symfony application logs through Messenger and Redis into its log files, in the place of the PHP worker" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$DATE"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/envelog /usr/bin/envelog
# A new volume mounted at var/log takes its owner from here: the user that the application runs as, too, so that both can
# append to the same files.
COPY --from=build --chown=1000:1000 /out/app /app
# For temporary files of SQLite.
COPY --from=build --chown=1000:1000 /out/tmp /tmp
USER 1000:1000
WORKDIR /app
VOLUME /app/var/log
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/envelog", "health"]
ENTRYPOINT ["/usr/bin/envelog"]
CMD ["messenger:consume", "async_logging", "--time-limit=3600", "--sleep=1"]
