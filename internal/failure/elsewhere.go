package failure

import (
	"context"
	"fmt"

	"envelog/internal/transport"
)

// Elsewhere is the way to a failure transport on another server: the message is sent first, then the entry is rejected.
// Whoever is killed in between leaves it on both, and the entry is parked a second time when it is handed out again.
type Elsewhere struct {
	Sender transport.Sender
	Reject func(ctx context.Context, id []byte) error // of the Origin

	sent string // id of the entry that was sent, and could not be rejected
}

// Park sends m, and rejects the entry. When that fails, the next Park of the same entry does not send it again.
func (p *Elsewhere) Park(ctx context.Context, id []byte, m transport.Message) error {
	if p.sent != string(id) {
		if _, err := p.Sender.Send(ctx, m, 0); err != nil {
			return fmt.Errorf("send to failure transport: %w", err)
		}
	}
	p.sent = string(id)
	if err := p.Reject(ctx, id); err != nil {
		return fmt.Errorf("reject message that was sent to failure transport: %w", err)
	}
	p.sent = ""
	return nil
}
