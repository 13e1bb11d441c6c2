package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"envelog/consumer"
	"envelog/internal/config"
	"envelog/internal/failure"
	"envelog/internal/overview"
	"envelog/internal/phpredis"
	"envelog/internal/transport"
	"envelog/internal/transport/redis"
	"envelog/internal/web"
)

// failedStore is a failure transport that pages look at.
type failedStore struct {
	name string
	transport.Storage
}

// newPages opens what pages look at, on connections of their own.
func (w *Worker) newPages() (*web.Pages, error) {
	var sources []overview.Source
	var stores []failedStore
	for i, t := range w.Transports {
		if w.places[i].stream == nil {
			continue // a table has no consumers to look at
		}
		queue := redis.NewStorage(*w.places[i].stream)
		w.closers = append(w.closers, queue.Close)
		source := overview.Source{Name: t.Name, Queue: queue}
		if t.FailureTransport != "" && t.FailureTransport != t.Name {
			store, err := w.openFailed(t.FailureTransport, &stores)
			if err != nil {
				return nil, err
			}
			source.Failed = store
		}
		sources = append(sources, source)
	}
	pipeline, err := NewPipeline(w.Lines, phpredis.None, w.Transports[0].Messages(), w.Log)
	if err != nil {
		return nil, err
	}
	pages := &web.Pages{LogDir: w.Files.Dir, Overview: overview.New(sources, w.Files.Dir).Look}
	if len(stores) > 0 {
		l := failedList{stores: stores, limits: w.Lines, pipeline: make(chan *consumer.Pipeline, 1)}
		l.pipeline <- pipeline
		pages.Failed = l.newest
	}
	return pages, nil
}

// openFailed opens each failure transport once.
func (w *Worker) openFailed(name string, stores *[]failedStore) (transport.Storage, error) {
	for _, s := range *stores {
		if s.name == name {
			return s.Storage, nil
		}
	}
	storage, err := w.Catalogue.Open(name)
	if err != nil {
		return nil, fmt.Errorf("failure transport: %w", err)
	}
	w.closers = append(w.closers, storage.Close)
	*stores = append(*stores, failedStore{name, storage})
	return storage, nil
}

// failedList lists failed messages for pages.
type failedList struct {
	stores   []failedStore
	limits   config.Lines
	pipeline chan *consumer.Pipeline // for one reader at a time
}

// newest lists messages of all failure transports, the newest first.
func (l failedList) newest(ctx context.Context, most int) (list []web.Failed, err error) {
	var pipeline *consumer.Pipeline
	select {
	case pipeline = <-l.pipeline:
		defer func() { l.pipeline <- pipeline }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	list = []web.Failed{}
	for _, store := range l.stores {
		for m, storeErr := range store.All(ctx, most) {
			if storeErr != nil {
				err = errors.Join(err, fmt.Errorf("failure transport %q: %w", store.name, storeErr))
				break
			}
			list = append(list, l.describe(store.name, m, pipeline))
		}
	}
	slices.SortStableFunc(list, func(a, b web.Failed) int { return b.FailedAt.Compare(a.FailedAt) })
	return list[:min(len(list), most)], err
}

func (l failedList) describe(store string, m transport.Stored, pipeline *consumer.Pipeline) web.Failed {
	p := failure.Read(m, l.limits.Limits)
	f := web.Failed{
		Transport: store, ID: m.ID, Class: p.Class(), FailedOn: p.FailedOn(), FailedAt: p.FailedAt(), Error: p.Failure(),
	}
	if p.Opened != nil {
		f.Retries = p.Opened.Retries()
	}
	if line, _, err := pipeline.Append(nil, m.Entry()); err == nil {
		f.Record = string(line)
	}
	return f
}
