package failure

import (
	"time"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/transport"
)

// Parked is a message that is on a failure transport, whoever sent it there.
type Parked struct {
	transport.Stored
	Opened *messenger.Opened // nil when it cannot be decoded
	Err    error             // why not
}

// Read decodes what is on a failure transport, within the limits.
func Read(m transport.Stored, limits decoder.Limits) Parked {
	opened, err := messenger.OpenMessage(m.Message, limits)
	if err != nil {
		return Parked{Stored: m, Err: err}
	}
	return Parked{Stored: m, Opened: opened}
}

// Class returns the class of the message, or what stands for it.
func (p Parked) Class() string {
	if p.Opened == nil {
		return "(could not be decoded)"
	}
	return p.Opened.Class()
}

// FailedAt is the time of the last failure; zero when it is not known.
func (p Parked) FailedAt() time.Time {
	if p.Opened == nil {
		return time.Time{}
	}
	return p.Opened.FailedAt()
}

// Failure is the text of the last error, or nothing.
func (p Parked) Failure() string {
	if p.Opened == nil {
		return p.Err.Error()
	}
	f, _ := p.Opened.Failure()
	return f.Message
}

// FailedOn is the transport on which the message failed, "" when it is not known.
func (p Parked) FailedOn() string {
	if p.Opened == nil {
		return ""
	}
	return p.Opened.Receiver()
}
