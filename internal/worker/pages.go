package worker

import (
	"fmt"

	"envelog/consumer"
	"envelog/decoder/phpredis"
	"envelog/internal/overview"
	"envelog/internal/transport/redis"
	"envelog/internal/web"
	"envelog/transport"
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
		l := failedList{Worker: w, stores: stores, pipeline: make(chan *consumer.Pipeline, 1)}
		l.pipeline <- pipeline
		pages.Failed, pages.Retry, pages.Remove = l.newest, l.retry, l.remove
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
