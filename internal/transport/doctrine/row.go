package doctrine

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"envelog/decoder/jsonstring"
	"envelog/transport"
)

// layout is how Doctrine writes a date: without fraction and zone.
const layout = time.DateTime

// removed is the time with which 5.4 to early 6.4 mark a row on MySQL, instead of deleting it, until their next get
// sweeps it away (Connection::ack); 6.1.0 wrote midnight.
const removed = "9999-12-31 00:00:00"

// notRemoved takes removed as its argument.
const notRemoved = "(delivered_at IS NULL OR delivered_at < ?)"

func (t *Transport) datetime(at time.Time) string { return at.In(t.config.zone()).Format(layout) }

func (t *Transport) redeliverLimit(now time.Time) string {
	return t.datetime(now.Add(-t.config.RedeliverTimeout))
}

// waiting is Connection::createAvailableMessagesQueryBuilder.
func (t *Transport) waiting(now time.Time) (where string, args []any) {
	return "queue_name = ? AND (delivered_at IS NULL OR delivered_at < ?) AND available_at <= ?",
		[]any{t.config.Queue, t.redeliverLimit(now), t.datetime(now)}
}

// cutAt is how much is read of a body that is larger than a receiver takes, in characters.
const cutAt = 64 << 10

// selectWhere is a query for the columns that scan reads.
func (t *Transport) selectWhere(where string) string { return t.selectBody("body", where) }

// selectCut is a query for the columns that scanCut reads: the beginning of a body beyond maxBody, with its size and digest.
func (t *Transport) selectCut(where string) string {
	size := t.dialect.size("body")
	choose := func(large, other string) string {
		return fmt.Sprintf("CASE WHEN %s > %d THEN %s ELSE %s END", size, t.maxBody, large, other)
	}
	beginning := fmt.Sprintf("SUBSTRING(body, 1, %d)", cutAt)
	return t.selectBody(choose(size, "0")+", "+choose(t.dialect.digest("body"), "''")+", "+choose(beginning, "body"), where)
}

func (t *Transport) selectBody(body, where string) string {
	columns := body + ", id, headers"
	for _, column := range []string{"created_at", "available_at", "delivered_at"} {
		columns += ", " + t.dialect.datetime(column)
	}
	return t.dialect.bind("SELECT " + columns + " FROM " + t.config.Table + " WHERE " + where)
}

// scanCut reads one row of selectCut.
func (t *Transport) scanCut(row scanner) (transport.Stored, error) {
	var size int
	var digest string
	s, err := t.scanBehind(row, &size, &digest)
	if size > 0 {
		s.Cut = &transport.Cut{Field: "body", Bytes: size}
		_, err = hex.Decode(s.Cut.SHA256[:], []byte(digest)[:min(len(digest), 2*sha256.Size)])
	}
	return s, err
}

type scanner interface{ Scan(...any) error }

// scan reads one row; none is ErrNotFound.
func (t *Transport) scan(row scanner) (transport.Stored, error) { return t.scanBehind(row) }

// scanBehind reads one row after other columns.
func (t *Transport) scanBehind(row scanner, columns ...any) (transport.Stored, error) {
	var s transport.Stored
	var headers []byte
	var created, available, delivered sql.NullString
	err := row.Scan(append(columns, &s.Body, &s.ID, &headers, &created, &available, &delivered)...)
	if errors.Is(err, sql.ErrNoRows) {
		return s, transport.ErrNotFound
	}
	s.Headers = decodeHeaders(headers)
	s.Created, s.Available, s.Delivered = t.time(created), t.time(available), t.time(delivered)
	return s, err
}

// time reads a date; NULL, and what is not one, is the zero time.
func (t *Transport) time(text sql.NullString) time.Time {
	at, err := time.ParseInLocation(layout, text.String, t.config.zone())
	if err != nil {
		return time.Time{}
	}
	return at
}

// encodeHeaders is PHP's json_encode of an array of strings: [] when it is empty, slashes escaped, ASCII alone. PHP would
// store nothing at all of bytes that are not UTF-8.
func encodeHeaders(headers []transport.Header) string {
	if len(headers) == 0 {
		return "[]"
	}
	b := []byte{'{'}
	for i, h := range headers {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonstring.AppendQuoted(b, h.Name, false)
		b = append(b, ':')
		b = jsonstring.AppendQuoted(b, h.Value, false)
	}
	return string(append(b, '}'))
}

// decodeHeaders reads a map or a list, in its order. A text that is neither has no headers, as for PHP.
func decodeHeaders(text []byte) []transport.Header {
	var headers []transport.Header
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return nil
	}
	for d.More() {
		var h transport.Header
		h.Name = strconv.Itoa(len(headers))
		if open == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return nil
			}
			h.Name, _ = name.(string)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		h.Value = headerValue(value)
		headers = append(headers, h)
	}
	return headers
}

// headerValue is the string, or the JSON text of what is not one.
func headerValue(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil && value[0] == '"' {
		return s
	}
	return string(value)
}
