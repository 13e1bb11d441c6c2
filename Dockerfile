# envelog as an image of one static binary: no shell, no PHP, not root.
FROM golang:1.26 AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-trimpath
# The databases' drivers take longer than all the rest, and seldom change: a layer of their own.
COPY go.mod go.sum ./
RUN go mod download && go build github.com/go-sql-driver/mysql github.com/jackc/pgx/v5/stdlib modernc.org/sqlite
COPY . .
RUN go build -ldflags="-s -w" -o /out/envelog ./cmd/envelog && mkdir -p /out/app/var/log /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/envelog /usr/bin/envelog
# A new volume mounted at var/log takes its owner from here: the user that the application runs as, too, so that both can
# append to the same files.
COPY --from=build --chown=1000:1000 /out/app /app
# envelog demo writes its files there.
COPY --from=build --chown=1000:1000 /out/tmp /tmp
USER 1000:1000
WORKDIR /app
VOLUME /app/var/log
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/envelog", "health"]
ENTRYPOINT ["/usr/bin/envelog"]
CMD ["messenger:consume", "async_logging", "--time-limit=3600", "--sleep=1"]
