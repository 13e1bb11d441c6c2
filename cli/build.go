package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/format"
	"envelog/internal/sink"
	"envelog/internal/sink/retention"
	"envelog/internal/transport/redis"
)

// house is the rooms of one consumer, joined.
type house struct {
	sink     *sink.Sink
	keeper   *retention.Keeper // nil: all files are kept as they are
	rejects  *sink.Rejects
	sources  []consumer.Source
	consumer *consumer.Consumer
	configs  []redis.Config // of the sources
	beat     *heartbeat
	names    map[string]consumerName // that this process has, by the wanted ones
	owners   []string                // of the consumers' names, by the order of the sources
	closers  []func() error          // of what is open, in the order in which it was opened
}

// build joins the rooms that the options describe, and connects. What costs nothing is checked before anything is
// opened.
func (s *session) build(ctx context.Context, o consumeOptions) (*house, error) {
	configs, err := transportConfigs(o.transports)
	if err != nil {
		return nil, err
	}
	formatter, err := format.New(o.record.format, format.Options{LineFormat: o.record.lineFormat, DateFormat: o.record.dateFormat})
	if err != nil {
		return nil, fmt.Errorf("configure format: %w", err)
	}
	decoders, err := o.record.decoders(o.transports, configs)
	if err != nil {
		return nil, err
	}
	h := &house{configs: configs}
	err = firstError(
		func() error { return sink.MakeDir(o.files.dir, o.files.dirMode) },
		func() error { return s.nameConsumers(h, o, configs) },
		func() error { h.beginBeating(o.files.dir); return nil },
		func() error { return s.openFiles(h, o.files, configs) },
		func() error { return s.connect(ctx, h, o, configs, decoders) },
		func() error { return s.newConsumer(h, o, configs, formatter) },
	)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// beginBeating lets envelog health know of this worker, from before it waits for a server that starts.
func (h *house) beginBeating(dir string) {
	h.beat = newHeartbeat(dir, h.configs[0].Consumer)
	end := h.beat.start()
	h.closers = append(h.closers, func() error { end(); return nil })
}

// firstError takes steps until one fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// transportConfigs reads all DSNs; its error tells everything that is wrong with them.
func transportConfigs(transports []transportSettings) (configs []redis.Config, err error) {
	for _, t := range transports {
		config, dsnErr := t.config()
		err = errors.Join(err, dsnErr)
		configs = append(configs, config)
	}
	return configs, err
}

// config reads DSN and options.
func (t *transportSettings) config() (redis.Config, error) {
	scheme, _, _ := strings.Cut(t.dsn, ":")
	if others := []string{"doctrine", "amqp", "amqps", "sqs", "https", "beanstalkd", "in-memory", "sync"}; slices.Contains(others, scheme) {
		return redis.Config{}, complain(`The transport "%s" cannot be consumed: envelog reads from Redis, not from %s.`, t.name, scheme)
	}
	config, err := redis.ParseDSN(t.dsn, t.options)
	if err != nil {
		return config, t.blame(err)
	}
	return config, nil
}

// openFiles opens what lines and rejected entries go to. The transports have their consumer names; the journal is called
// by that of the first one.
func (s *session) openFiles(h *house, o fileOptions, configs []redis.Config) (err error) {
	options := o.sinkOptions(s.log)
	options.Journal, options.Sources = configs[0].Consumer, journalSources(configs)
	h.sink, err = sink.Open(options)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, h.sink.Close)
	if h.keeper, err = s.newKeeper(o); err != nil {
		return err
	}
	h.rejects, err = sink.OpenRejects(o.dir, sink.RejectsOptions{})
	return err
}

// sinkOptions are those of a sink without a journal.
func (o fileOptions) sinkOptions(log *slog.Logger) sink.Options {
	return sink.Options{
		Dir:          o.dir,
		FileMode:     o.fileMode,
		DirMode:      o.dirMode,
		Timezone:     o.zone,
		MaxOpenFiles: o.maxOpenFiles,
		MaxFiles:     o.maxFiles,
		RotateSize:   int64(o.rotateSize),
		MinFree:      int64(o.minFree),
		Sync:         syncModes()[o.sync],
		Interval:     o.syncInterval,
		Logger:       log,
	}
}

// journalSources returns what journals call the transports, by their order. It is the same in all processes that share a
// log directory, whatever each calls the transport, and by which address it reaches the server.
func journalSources(configs []redis.Config) (sources []string) {
	for _, c := range configs {
		sources = append(sources, fmt.Sprintf("redis stream %q group %q db %d", c.Stream, c.Group, c.DB))
	}
	return sources
}

func syncModes() map[string]sink.SyncMode {
	return map[string]sink.SyncMode{"batch": sink.SyncBatch, "interval": sink.SyncInterval, "never": sink.SyncNever}
}

// nameConsumers gives every transport its consumer name: that of the flag, else the DSN's own, else the host's. This
// process then has each name for itself in the log directory.
func (s *session) nameConsumers(h *house, o consumeOptions, configs []redis.Config) error {
	h.names = make(map[string]consumerName)
	for i := range configs {
		wanted := cmp.Or(o.consumer, configs[i].Consumer)
		named := wanted != ""
		if !named {
			host, err := os.Hostname()
			if err != nil {
				return fmt.Errorf("claim consumer name: %w (or name one with --consumer)", err)
			}
			wanted = host
		}
		claimed, ok := h.names[wanted]
		if !ok {
			var err error
			if claimed, err = claimConsumerName(o.files.dir, o.files.dirMode, wanted); err != nil {
				return err
			}
			h.names[wanted], h.closers = claimed, append(h.closers, claimed.Close)
			if named && claimed.name != wanted {
				s.log.Warn("Another process of this log directory uses the name of this consumer; this one takes a name of its own.",
					"consumer", wanted, "name", claimed.name)
			}
		}
		configs[i].Consumer = claimed.name
		h.owners = append(h.owners, claimed.owner)
	}
	return nil
}

// connect makes a source of every transport, and reaches its server.
func (s *session) connect(ctx context.Context, h *house, o consumeOptions, configs []redis.Config, decoders []*decoder.Decoder) error {
	for i, config := range configs {
		t := o.transports[i]
		receiver := redis.NewReceiver(config, redis.Options{Log: s.log, Owner: h.owners[i]})
		failures, err := s.failures(h, o, t, origin{config, receiver})
		if err != nil {
			return err
		}
		watched := h.beat.receiver(receiver)
		if err := receiver.Connect(ctx); err != nil {
			return fmt.Errorf("transport %q: %w", t.name, err)
		}
		h.closers = append(h.closers, receiver.Close)
		h.sources = append(h.sources, consumer.Source{
			Name: t.name, Receiver: watched, Decoder: decoders[i], Failures: failures,
		})
	}
	return nil
}

func (o *recordOptions) decoderOptions(s decoder.Serializer) decoder.Options {
	return decoder.Options{
		Serializer: s,
		Classes:    o.classes,
		Mapping:    o.mapping,
		Limits:     decoder.Limits{MaxBytes: int(o.maxBytes), MaxDepth: o.maxDepth, MaxElements: o.maxElements},
	}
}

// decoders returns a decoder for each transport.
func (o *recordOptions) decoders(transports []transportSettings, configs []redis.Config) (decoders []*decoder.Decoder, err error) {
	for i, config := range configs {
		options := o.decoderOptions(config.Serializer)
		if len(o.classes) == 0 {
			options.Classes = transports[i].classes
		}
		d, err := decoder.New(options)
		if err != nil {
			return nil, err
		}
		decoders = append(decoders, d)
	}
	return decoders, nil
}

func (s *session) newConsumer(h *house, o consumeOptions, configs []redis.Config, formatter format.Formatter) (err error) {
	h.consumer, err = consumer.New(consumer.Config{
		Sources:      h.sources,
		Formatter:    formatter,
		Sink:         watchedSink{h.sink, h.beat},
		Log:          s.log,
		FetchSize:    o.fetchSize,
		Sleep:        o.sleep,
		Keepalive:    cmp.Or(o.keepalive, keepaliveFor(configs)),
		Limit:        o.limit,
		FailureLimit: o.failureLimit,
		MemoryLimit:  o.memoryLimit,
		TimeLimit:    o.timeLimit,
	})
	return err
}

// The pause between keepalives when nobody sets it: often enough that two may be lost before an entry counts as abandoned.
const (
	keepalivesInTime = 3
	leastKeepalive   = time.Second
	mostKeepalive    = time.Minute
)

func keepaliveFor(configs []redis.Config) time.Duration {
	pause := mostKeepalive
	for _, c := range configs {
		pause = min(pause, c.RedeliverTimeout/keepalivesInTime)
	}
	return max(pause, leastKeepalive)
}

// close closes what is open, the last one first. There may be no house.
func (h *house) close() (err error) {
	if h == nil {
		return nil
	}
	for _, closer := range slices.Backward(h.closers) {
		err = errors.Join(err, closer())
	}
	return err
}
