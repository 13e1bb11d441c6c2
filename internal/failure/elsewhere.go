package failure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"envelog/transport"
)

// Elsewhere is the way to a failure transport on another server: the message is sent first, then the entry is rejected.
// Whoever is killed in between leaves it on both, and the entry is parked a second time when it is handed out again.
//
// A server that does not answer is not asked for every message: the others wait for each answer.
type Elsewhere struct {
	Sender transport.Sender
	Reject func(ctx context.Context, id []byte) error // of the Origin

	sent  map[string]bool // ids of entries that were sent, and could not be rejected
	rests time.Time       // until when nothing is sent, since the server failed
	cause error           // why
}

// rest is how long nothing is sent after an error that may pass.
const rest = 5 * time.Second

// Park sends m, and rejects the entry. When that fails, the next Park of the same entry does not send it again.
func (p *Elsewhere) Park(ctx context.Context, id []byte, m transport.Message) error {
	if !p.sent[string(id)] {
		if err := p.send(ctx, m); err != nil {
			return fmt.Errorf("send to failure transport: %w", err)
		}
	}
	if err := p.Reject(ctx, id); err != nil {
		if p.sent == nil {
			p.sent = map[string]bool{}
		}
		p.sent[string(id)] = true
		return fmt.Errorf("reject message that was sent to failure transport: %w", err)
	}
	delete(p.sent, string(id))
	return nil
}

// send sends m, unless the server failed just now.
func (p *Elsewhere) send(ctx context.Context, m transport.Message) error {
	if time.Now().Before(p.rests) {
		return p.cause
	}
	_, err := p.Sender.Send(ctx, m, 0)
	if err != nil && !errors.Is(err, transport.ErrUnstorable) && ctx.Err() == nil {
		p.rests, p.cause = time.Now().Add(rest), err
	}
	return err
}
