package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"envelog/internal/loglevel"
	"envelog/transport"
)

const (
	changeWithin = 30 * time.Second
	mostChange   = 4 << 10 // bytes of a request that names a message
)

// message names one message in a request.
type message struct {
	Transport string `json:"transport"`
	ID        string `json:"id"`
}

// changing does something to the one message that a request names, when the request comes from this page or from a
// program. Browsers attach the token to requests of other sites, too; those are refused.
func (s *Server) changing(change func(ctx context.Context, transport, id string) error) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := readMessage(w, r)
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		// Once begun it is ended, also when the client is gone: a line without the removal would be looked up by the next retry.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), changeWithin)
		defer cancel()
		err = change(ctx, m.Transport, m.ID)
		s.tell(r, m, err)
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
			return // the connection is gone, and the change is logged
		}
		switch {
		case errors.Is(err, transport.ErrNotFound):
			refuse(w, http.StatusNotFound, fmt.Errorf("the message %s is not on the transport %q any more", m.ID, m.Transport))
		case err != nil:
			refuse(w, http.StatusConflict, err)
		default:
			answer(w, http.StatusOK, m)
		}
	}))
}

// readMessage reads the body of a request. Its type keeps forms of other sites out, which can send no JSON.
func readMessage(w http.ResponseWriter, r *http.Request) (m message, err error) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return m, errors.New(`send {"transport":"...","id":"..."} as application/json`)
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostChange)).Decode(&m); err != nil {
		return m, fmt.Errorf("read the request: %w", err)
	}
	if m.Transport == "" || m.ID == "" {
		return m, errors.New("name the transport and the id of a message")
	}
	return m, nil
}

// tell logs who did what: whoever has the token can.
func (s *Server) tell(r *http.Request, m message, err error) {
	text, result := "A failed message was changed on the page.", "done"
	if err != nil {
		text, result = "A failed message could not be changed on the page.", err.Error()
	}
	s.options.Log.Log(r.Context(), loglevel.Notice, text,
		"what", r.URL.Path, "transport", m.Transport, "message_id", m.ID, "client", r.RemoteAddr, "result", result)
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]string{"problem": err.Error()})
}
