package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"envelog/internal/config"
	"envelog/internal/overview"
	"envelog/internal/settings"
	"envelog/internal/top"
	"envelog/internal/usage"
	"envelog/transport"
)

const topHelp = `
It shows, and again every two seconds, how all workers of the groups are together: queues with their
rates, consumers with heartbeat and pending messages, files with lines and bytes a second, and the last
errors. Transports may be named; without any, all are shown.

    envelog top
    envelog top async_logging --log-dir=/var/log/shop

Keys: q quits, the space bar pauses, s sorts by rate, size or name, h helps. Nothing is changed.

Without a terminal, or with --once, it prints how everything is once, after the two seconds that rates
need; with --format=json for machines.`

func topCommand() command {
	return command{
		name:      "top",
		usage:     "Show queues, workers and files as they are, again and again",
		arguments: "[<transport_names>...]",
		help:      topHelp,
		options: slices.Concat(
			ownOptions(
				option("once", "", "Print how everything is once"),
				valued("format", "txt", "txt, or json, which implies --once"),
			),
			config.LogDirSetting(), config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.ZoneSetting(),
		),
		run: showTop,
	}
}

func showTop(ctx context.Context, in *input) (err error) {
	format, err := settings.OneOf("txt", "json")("format", in.own.String("format"))
	if err != nil {
		return err
	}
	sources, closers, err := in.observed()
	defer func() {
		for _, c := range closers {
			err = errors.Join(err, c.Close())
		}
	}()
	if err != nil {
		return err
	}
	ctx, stop := in.stopOnSignals(ctx, nil)
	defer stop()
	look := overview.New(sources, in.settings.Text("log-dir")).Look
	if in.Out.IsTerminal() && !in.own.Bool("once") && format == "txt" {
		return top.Run(ctx, look, in.Stdin, in.Stdout, in.Out.HasColours())
	}
	return in.printTop(ctx, look, format)
}

// printTop looks twice, since rates are differences.
func (in *input) printTop(ctx context.Context, look top.Look, format string) error {
	look(ctx)
	select {
	case <-time.After(overview.Every):
	case <-ctx.Done():
		return nil
	}
	s := look(ctx)
	if format == "json" {
		text, err := json.MarshalIndent(s, "", "    ")
		in.Out.Line("%s", text)
		return err
	}
	in.Out.Line("%s", top.Draw(s, top.View{Colours: in.Out.HasColours()}))
	return nil
}

// observed opens the transports that are named, or all that are streams, with their failure transports.
func (in *input) observed() (sources []overview.Source, closers []io.Closer, err error) {
	all, err := in.settings.Catalogue(in.args)
	if err != nil {
		return nil, nil, err
	}
	names := in.args
	if len(names) == 0 {
		names = all.Names()
	}
	open := func(name string) (transport.Storage, error) {
		storage, err := all.Open(name)
		if err == nil {
			closers = append(closers, storage)
		}
		return storage, err
	}
	for _, name := range names {
		storage, err := open(name)
		if err != nil {
			return nil, closers, err
		}
		queue, isStream := storage.(overview.Queue)
		if !isStream && len(in.args) > 0 {
			return nil, closers, usage.Errorf(`The transport "%s" is no stream of Redis.`, name)
		}
		if !isStream {
			continue
		}
		source := overview.Source{Name: name, Queue: queue}
		t, err := all.Transport(name)
		if err != nil {
			return nil, closers, err
		}
		if parkedOn := in.settings.FailureTransportOf(t); parkedOn != "" && parkedOn != name {
			failed, err := open(parkedOn)
			if err != nil {
				return nil, closers, fmt.Errorf("failure transport: %w", err)
			}
			source.Failed = failed
		}
		sources = append(sources, source)
	}
	return sources, closers, nil
}
