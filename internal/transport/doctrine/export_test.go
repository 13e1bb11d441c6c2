package doctrine

import (
	"context"
	"fmt"

	"envelog/transport"
)

// Forget has t take its server for one that has not answered for long.
func Forget(t *Transport) { t.answered.Store(0) }

// Get implements transporttest.Worker: it takes one message as a Receiver does.
func (t *Transport) Get(ctx context.Context) (transport.Stored, error) {
	got, err := t.take(ctx, 1, nil)
	if err == nil && len(got) == 0 {
		err = fmt.Errorf("get message: %w", transport.ErrNotFound)
	}
	if err != nil {
		return transport.Stored{}, err
	}
	return got[0], nil
}

// Ack implements transporttest.Worker: in Doctrine's table what is acknowledged is removed.
func (t *Transport) Ack(ctx context.Context, id string) error { return t.Remove(ctx, id) }
