package transport_test

import (
	"hash/crc32"
	"testing"
	"time"

	"envelog/transport"
	"envelog/transport/streamid"
)

// TestChecksumIsThatOfTheFields has an entry read in two ways: as fields of its own, and put together of a message that
// knows the checksum of the fields it was read from.
func TestChecksumIsThatOfTheFields(t *testing.T) {
	whole := crc32.Checksum([]byte("message body headers"), crc32.MakeTable(crc32.Castagnoli))
	entry := transport.Entry{Message: []byte("message "), Body: []byte("body "), Headers: []byte("headers")}
	if got := entry.Checksum(); got != whole {
		t.Errorf("checksum %x, want %x", got, whole)
	}
	stored := transport.Stored{ID: "1-0", Message: transport.Message{Body: []byte("body ")}, Checksum: &whole}
	if got := stored.Entry().Checksum(); got != whole {
		t.Errorf("checksum %x of what was put together, want %x", got, whole)
	}
	stored.Checksum = nil
	if stored.Entry().Checksum() == whole {
		t.Error("other fields have the same checksum")
	}
}

func TestKey(t *testing.T) {
	want := streamid.ID{MS: 1795423651867, Seq: 3}
	for name, c := range map[string]struct {
		entry transport.Entry
		want  streamid.ID
	}{
		"read by the receiver": {transport.Entry{ID: []byte("unread"), Number: want}, want},
		"an id of a stream":    {transport.Entry{ID: []byte("1795423651867-3")}, want},
		"an id of a row":       {transport.Entry{ID: []byte("4711")}, streamid.ID{}},
		"no id":                {transport.Entry{}, streamid.ID{}},
	} {
		if got := c.entry.Key(); got != c.want {
			t.Errorf("%s: key %v, want %v", name, got, c.want)
		}
	}
}

// TestEntryIDTellsRowsApart has a table that was emptied, and gives its numbers again.
func TestEntryIDTellsRowsApart(t *testing.T) {
	created := time.UnixMilli(1795423651867)
	for name, c := range map[string]struct {
		stored transport.Stored
		want   string
	}{
		"stream":                  {transport.Stored{ID: "1795423651867-0", Created: created}, "1795423651867-0"},
		"row":                     {transport.Stored{ID: "5", Created: created}, "1795423651867-5"},
		"row with the same id":    {transport.Stored{ID: "5", Created: created.Add(time.Second)}, "1795423652867-5"},
		"row of a time not known": {transport.Stored{ID: "5"}, "5"},
	} {
		if got := c.stored.EntryID(); got != c.want || string(c.stored.Entry().ID) != c.want {
			t.Errorf("%s: id %s, want %s", name, got, c.want)
		}
	}
}

// TestACutBodyIsSaidToBeCut has a message whose body was too large to be read whole.
func TestACutBodyIsSaidToBeCut(t *testing.T) {
	cut := transport.Cut{Field: "body", Bytes: 1 << 30, SHA256: [32]byte{1}}
	stored := transport.Stored{ID: "1-0", Message: transport.Message{Body: []byte("O:36")}, Cut: &cut}
	if e := stored.Entry(); len(e.Cuts) != 1 || e.Cuts[0] != cut {
		t.Errorf("cuts %v, want %v", e.Cuts, cut)
	}
	stored.Cut = nil
	if e := stored.Entry(); e.Cuts != nil {
		t.Errorf("cuts %v of a message that is whole", e.Cuts)
	}
}
