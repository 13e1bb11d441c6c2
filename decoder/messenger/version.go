package messenger

import (
	"fmt"

	"envelog/phpvalue"
)

// Version is a release of Symfony Messenger, as far as the shapes of its stamps differ. It stands for itself and for
// those after it that write the same.
type Version uint8

// The versions. AnyVersion stands for one that is not known: its shapes are read by all of them.
const (
	AnyVersion Version = iota
	Symfony54          // up to 6.0
	Symfony64          // 6.1 to 7.0
	Symfony74          // 7.1 and later
	Symfony81          // 8.1 and later
)

// ParseVersion reads "5.4", "6.4", "7.4" or "8.1".
func ParseVersion(s string) (Version, error) {
	for v := Symfony54; v <= Symfony81; v++ {
		if v.String() == s {
			return v, nil
		}
	}
	return AnyVersion, fmt.Errorf("version %.20q of Symfony is none of 5.4, 6.4, 7.4 and 8.1", s)
}

// String returns the version as ParseVersion reads it, "any" for AnyVersion.
func (v Version) String() string {
	names := [...]string{"any", "5.4", "6.4", "7.4", "8.1"}
	if int(v) >= len(names) {
		return fmt.Sprintf("Version(%d)", uint8(v))
	}
	return names[v]
}

// marksID says whether a receiver of this version writes the id of the entry into the envelope
// (RedisReceiver::get, TransportMessageIdStamp).
func (v Version) marksID() bool { return v >= Symfony64 }

// versionOf returns which version wrote a RedeliveryStamp; only it differs in all of them.
func versionOf(redelivery phpvalue.Value) Version {
	if redelivery.Kind() != phpvalue.Object {
		return AnyVersion
	}
	at, count := redelivery.Property("redeliveredAt").Resolve(), redelivery.Property("retryCount")
	switch {
	case !at.Exists() || !count.Exists():
		return AnyVersion
	case redelivery.Property("flattenException").Exists():
		return Symfony54
	case at.Kind() == phpvalue.Object && string(at.Text()) == datePoint:
		return Symfony81
	case redelivery.Property("redeliveredAt").Index() < count.Index():
		return Symfony74
	}
	return Symfony64
}
