package failure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/internal/retry"
	"envelog/transport"
)

// Origin is the transport that the entries come from.
type Origin interface {
	// Message returns what an entry holds; what is no message is the body of one.
	Message(e *transport.Entry) transport.Message
	// Retry sends m to the same transport, to be handed out after the delay, and acknowledges the entry, in one step.
	Retry(ctx context.Context, id []byte, m transport.Message, delay time.Duration) error
	// GiveBack leaves the entry to other workers of the group.
	GiveBack(ctx context.Context, id []byte) error
}

// Parking is the way from one transport to its failure transport.
type Parking interface {
	// Park sends m to the failure transport, and rejects the entry. An error leaves the entry pending.
	Park(ctx context.Context, id []byte, m transport.Message) error
}

// Keeper keeps entries raw, where a person can look at them.
type Keeper interface {
	// Keep returns the path of what tells about the entry.
	Keep(e *transport.Entry, reason error) (path string, err error)
}

// Unknown says what becomes of a message of another kind, which does not belong to envelog.
type Unknown string

// What Unknown may be. The zero value is Leave where it is not known which classes are for this worker, so that a mistake in
// configuration acknowledges nothing that is another worker's, and Fail where it is known.
const (
	Fail   Unknown = "fail"   // it is a failure like any other that trying again does not help
	Leave  Unknown = "leave"  // it is given back, for a PHP worker
	Ignore Unknown = "ignore" // it is acknowledged
)

// Config is what the Handler of one transport consists of.
type Config struct {
	Transport string         // Symfony's name of it
	Strategy  retry.Strategy // which is valid
	Unknown   Unknown
	Version   messenger.Version // of the PHP workers; AnyVersion: as the payloads show
	Limits    phpserialize.Limits
	Signer    *messenger.Signer // signs again what was signed; nil: it goes on unchanged

	Origin  Origin
	Parking Parking // nil: there is no failure transport
	Target  string  // Symfony's name of the failure transport
	Rejects Keeper
	Say     Voice

	Now func() time.Time // nil: time.Now
}

// Handler brings what fails on one transport to where it belongs. It implements consumer.Failures.
type Handler struct {
	Config
	seen   messenger.Version // that wrote the newest payload which tells
	warned bool              // that messages are left because their classes are not known
}

var _ consumer.Failures = (*Handler)(nil)

// New returns a Handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Handler{Config: c}
}

// The classes of exceptions that stand for failures here: those that PHP has for the like.
const (
	undecodable = messenger.DecodingFailed
	unmappable  = `Symfony\Component\Messenger\Exception\UnrecoverableMessageHandlingException`
	unwritable  = "UnexpectedValueException" // Monolog\Handler\StreamHandler::write
)

// thrownIn stands for the file in which PHP would have thrown.
const thrownIn = "envelog"

// Handle brings e to one of its ends; see the package's documentation.
func (h *Handler) Handle(ctx context.Context, e *transport.Entry, f consumer.Failure) (consumer.Outcome, error) {
	if unknown := h.unknown(f); unknown != Fail {
		return h.passOver(ctx, e, f, unknown)
	}
	a := &attempt{id: e.ID, cause: f.Err, class: f.Class, cut: e.Cuts != nil}
	h.open(a, e, f.Passing)
	if f.Passing && a.opened != nil && h.Strategy.Retryable(a.opened.Retries()) {
		outcome, err := h.retry(ctx, a)
		if !errors.Is(err, messenger.ErrSigned) && !errors.Is(err, transport.ErrUnstorable) {
			return outcome, err
		}
	}
	switch {
	case h.staysFailed(a):
		return h.stay(ctx, a)
	case h.parks() && e.Cuts == nil: // nobody has the whole of one that is cut
		outcome, err := h.park(ctx, a)
		if !errors.Is(err, transport.ErrUnstorable) {
			return outcome, err
		}
		a.cause = fmt.Errorf("%w; the failure transport %s cannot hold the message: %w", a.cause, h.Target, err)
	}
	return h.keep(a, e)
}

// staysFailed reports whether the message is on a failure transport: it has failed before, and was sent there (PHP does
// not send it to another one either, and drops it), or this is the one that the configuration names.
func (h *Handler) staysFailed(a *attempt) bool {
	return h.Target != "" && h.Target == h.Transport || a.opened != nil && a.opened.Receiver() != ""
}

// stay leaves a message on the failure transport on which it failed again, for who mends the cause.
func (h *Handler) stay(ctx context.Context, a *attempt) (consumer.Outcome, error) {
	if err := h.Origin.GiveBack(ctx, a.id); err != nil {
		return consumer.Left, err
	}
	h.Say.staying(a)
	return consumer.Stayed, nil
}

// keep keeps the entry raw.
func (h *Handler) keep(a *attempt, e *transport.Entry) (consumer.Outcome, error) {
	path, err := h.Rejects.Keep(e, a.cause)
	if err != nil {
		return consumer.Kept, err
	}
	h.Say.kept(a, path)
	return consumer.Kept, nil
}

// parks reports whether there is a failure transport, which is not the transport itself.
func (h *Handler) parks() bool { return h.Parking != nil && h.Target != h.Transport }

// unknown says what becomes of a failed message, as far as that depends on its class. One that stands for what could not be
// decoded is no worker's.
func (h *Handler) unknown(f consumer.Failure) Unknown {
	switch {
	case h.Unknown == "" && errors.Is(f.Err, decoder.ErrUncertain) && f.Class != undecodable:
		return Leave
	case h.Unknown != "" && errors.Is(f.Err, decoder.ErrUnknownClass):
		return h.Unknown
	}
	return Fail
}

// passOver leaves or ignores a message of another kind.
func (h *Handler) passOver(ctx context.Context, e *transport.Entry, f consumer.Failure, unknown Unknown) (consumer.Outcome, error) {
	if unknown == Ignore {
		h.Say.ignoring(e, f)
		return consumer.Ignored, nil
	}
	if h.Unknown == "" && !h.warned {
		h.warned = true
		h.Say.leavingByDefault(e, f)
	}
	h.Say.leaving(e, f)
	return consumer.Left, h.Origin.GiveBack(ctx, e.ID)
}

// attempt is a failed attempt to handle a message.
type attempt struct {
	id      []byte
	cause   error
	class   string
	message transport.Message
	opened  *messenger.Opened // nil: it holds no envelope
	stamps  messenger.Attempt
	cut     bool // the receiver read its beginning alone
}

// open looks into the message, and at what is to be added to it.
func (h *Handler) open(a *attempt, e *transport.Entry, passing bool) {
	a.message = h.Origin.Message(e)
	if opened, err := messenger.OpenMessage(a.message, h.Limits); err == nil {
		a.opened, a.class = opened, opened.Class()
		opened.SignWith(h.Signer)
		if v := opened.Version(); v != messenger.AnyVersion {
			h.seen = v
		}
	}
	a.stamps = messenger.Attempt{
		Version: h.version(), ID: string(e.ID), At: h.Now(),
		Failure: messenger.Failure{Class: a.exception(passing), Message: a.cause.Error(), File: thrownIn},
	}
}

func (h *Handler) version() messenger.Version {
	if h.Version != messenger.AnyVersion {
		return h.Version
	}
	return h.seen
}

func (a *attempt) exception(passing bool) string {
	switch {
	case passing:
		return unwritable
	case a.opened == nil:
		return undecodable
	}
	return unmappable
}

// retry sends a delayed copy (SendFailedMessageForRetryListener).
func (h *Handler) retry(ctx context.Context, a *attempt) (consumer.Outcome, error) {
	retries := a.opened.Retries()
	delay := h.Strategy.Waiting(retries)
	m, err := a.opened.Retry(a.stamps, delay)
	if err != nil {
		return consumer.Left, err
	}
	if err := h.Origin.Retry(ctx, a.id, m, delay); err != nil {
		return consumer.Left, err
	}
	h.Say.retrying(a, retries+1, delay)
	return consumer.Retried, nil
}

// park sends a copy to the failure transport (SendFailedMessageToFailureTransportListener).
func (h *Handler) park(ctx context.Context, a *attempt) (consumer.Outcome, error) {
	m, err := h.parked(a)
	if err != nil {
		return consumer.Left, err
	}
	if err := h.Parking.Park(ctx, a.id, m); err != nil {
		return consumer.Left, err
	}
	h.Say.parked(a, h.Target)
	return consumer.Parked, nil
}

// parked returns the message with its stamps, or, when it cannot have any, another one around it. A signed message whose
// secret is not known stays as it is: PHP accepts neither another one in its place, nor an unsigned one around it.
func (h *Handler) parked(a *attempt) (transport.Message, error) {
	if h.Signer == nil && messenger.IsSigned(a.message) {
		return a.message, nil
	}
	if a.opened != nil {
		if m, err := a.opened.Park(a.stamps, h.Transport); err == nil {
			return m, nil
		}
	}
	wrapped, err := messenger.Wrap(a.message, a.cause.Error(), h.Limits)
	if err != nil {
		return transport.Message{}, err
	}
	return wrapped.Park(a.stamps, h.Transport)
}
