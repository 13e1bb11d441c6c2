package phpserialize_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

func TestEncodeReturnsWhatPHPWrote(t *testing.T) {
	var e phpserialize.Encoder
	for _, c := range values {
		got, err := e.Append([]byte("kept "), parse(t, c.wire))
		if err != nil || string(got) != "kept "+c.wire {
			t.Errorf("%s: Append = %q, %v, want %q", c.name, got, err, c.wire)
		}
	}
}

// checkRelations checks what must hold for any bytes: what is read can be written, what was written is read as the
// same value, and written to the same bytes again.
func checkRelations(t *testing.T, wire []byte) {
	t.Helper()
	p := newParser(t, phpserialize.Limits{})
	first := &phpvalue.Tree{Text: bytes.Clone(wire)}
	if err := p.Parse(first); err != nil {
		checkClass(t, wire, err)
		return
	}
	var e phpserialize.Encoder
	written, err := e.Append(nil, first)
	if err != nil {
		t.Fatalf("Append of %q: %v", wire, err)
	}
	second := &phpvalue.Tree{Text: bytes.Clone(written)}
	if err := p.Parse(second); err != nil {
		t.Fatalf("%q was written as %q: %v", wire, written, err)
	}
	if a, b := render(first.Root()), render(second.Root()); a != b {
		t.Fatalf("%q was written as %q:\n got %s\nwant %s", wire, written, b, a)
	}
	again, err := e.Append(nil, second)
	if err != nil || !bytes.Equal(again, written) {
		t.Fatalf("%q was written as %q and then as %q, %v", wire, written, again, err)
	}
}

func checkClass(t *testing.T, wire []byte, err error) {
	t.Helper()
	var e *phpserialize.Error
	known := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, phpserialize.ErrCorrupt) || errors.Is(err, phpserialize.ErrLimit)
	if !known || !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(wire) {
		t.Fatalf("Parse(%q) = %v", wire, err)
	}
}

func TestAppendFloat(t *testing.T) {
	tests := []struct {
		value float64
		want  string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {100, "100"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {0.30000000000000004, "0.30000000000000004"},
		{1e15, "1000000000000000"}, {1e16, "10000000000000000"}, {1e17, "1.0E+17"}, {123456789012345678, "1.2345678901234568E+17"},
		{12345678901234567, "12345678901234568"}, {1e25, "1.0E+25"}, {1e100, "1.0E+100"}, {0.0001, "0.0001"}, {0.00001, "1.0E-5"},
		{0.00012345, "0.00012345"}, {1.5e-5, "1.5E-5"}, {2.5e-300, "2.5E-300"}, {5e-324, "5.0E-324"}, {math.MaxFloat64, "1.7976931348623157E+308"},
		{1795423651.867, "1795423651.867"}, {math.Inf(1), "INF"}, {math.Inf(-1), "-INF"}, {math.NaN(), "NAN"}, {10, "10"}, {12.5, "12.5"},
	}
	for _, c := range tests {
		if got := string(phpserialize.AppendFloat(nil, c.value)); got != c.want {
			t.Errorf("AppendFloat(%v) = %s, want %s", c.value, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range append(values[:len(values):len(values)], lenient...) {
		f.Add([]byte(c.wire))
	}
	f.Fuzz(checkRelations)
}
