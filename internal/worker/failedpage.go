package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"envelog/consumer"
	"envelog/decoder/phpredis"
	"envelog/internal/failure"
	"envelog/internal/web"
	"envelog/transport"
)

// failedList is what pages do with failed messages.
type failedList struct {
	*Worker
	stores   []failedStore
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
	p := failure.Read(m, l.Lines.Limits)
	f := web.Failed{
		Transport: store, ID: m.ID, Class: p.Class(), FailedOn: p.FailedOn(), FailedAt: p.FailedAt(), Error: p.Failure(),
	}
	if p.Opened != nil {
		f.Retries = p.Opened.Retries()
	}
	if line, _, err := pipeline.Append(nil, m.Entry()); err == nil {
		f.Record = string(line)
	}
	f.Clip() // now: all of the list together are many MiB
	return f
}

// find looks a message up, on a transport that the list is about.
func (l failedList) find(ctx context.Context, name, id string) (store failedStore, p failure.Parked, err error) {
	i := slices.IndexFunc(l.stores, func(s failedStore) bool { return s.name == name })
	if i < 0 {
		return store, p, fmt.Errorf("failure transport %q: %w", name, transport.ErrNotFound)
	}
	m, err := l.stores[i].Find(ctx, id)
	if err != nil {
		return store, p, fmt.Errorf("failure transport %q: %w", name, err)
	}
	return l.stores[i], failure.Read(m, l.Lines.Limits), nil
}

// retry writes the line of a message as messenger:failed:retry does, through a journal of its own, and removes it.
func (l failedList) retry(ctx context.Context, name, id string) (err error) {
	if l.Files.Stdout {
		return errors.New("lines go to standard output, which only messenger:consume writes: have it read this failure transport")
	}
	store, m, err := l.find(ctx, name, id)
	if err != nil {
		return err
	}
	replay, err := OpenReplay(l.Lines, l.Files, l.Log, []string{store.JournalSource()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, replay.Close()) }()
	if err := replay.Write(0, m.Entry(), phpredis.None, l.Catalogue.MessagesOf(m.FailedOn())); err != nil {
		return err
	}
	if err := store.Remove(ctx, m.ID); !errors.Is(err, transport.ErrNotFound) {
		return err
	}
	return nil // another process was faster
}

// remove removes a message for good.
func (l failedList) remove(ctx context.Context, name, id string) error {
	store, m, err := l.find(ctx, name, id)
	if err != nil {
		return err
	}
	return store.Remove(ctx, m.ID)
}
