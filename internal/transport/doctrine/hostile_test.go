package doctrine_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"envelog/internal/transport/doctrine"
)

// hostile is a server that sends bytes to whoever connects, whatever is asked, and hangs up when there are no more. Each
// connection has a function for what comes next.
func hostile(t testing.TB, greet func() (next func() []byte)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	clients.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			clients.Go(func() {
				defer conn.Close()
				for next := greet(); ; {
					text := next()
					if _, err := conn.Write(text); err != nil || len(text) == 0 {
						break
					}
				}
				_ = conn.(*net.TCPConn).CloseWrite() // what was asked is read, so that nothing that was said is lost
				_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
				for rest := make([]byte, 4096); err == nil; {
					_, err = conn.Read(rest)
				}
			})
		}
	})
	t.Cleanup(func() { listener.Close(); clients.Wait() })
	return listener.Addr().String()
}

// TestServersThatSendWithoutEnd has servers whose first message goes on and on.
func TestServersThatSendWithoutEnd(t *testing.T) {
	const unit = 1<<24 - 1 // of which MySQL joins those of one size
	for name, began := range map[string]func() func() []byte{
		"MySQL": func() func() []byte {
			sequence := byte(0)
			return func() []byte {
				packet := append([]byte{0xff, 0xff, 0xff, sequence}, make([]byte, unit)...)
				sequence++
				return packet
			}
		},
		"PostgreSQL": func() func() []byte {
			announced := binary.BigEndian.AppendUint32([]byte("R"), 0x3fffffff)
			return func() []byte {
				text := append(announced, make([]byte, 1<<20)...)
				announced = nil
				return text
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int64
			addr := hostile(t, func() func() []byte {
				next := began()
				return func() []byte {
					text := next()
					sent.Add(int64(len(text)))
					return text
				}
			})
			err := count(t, serverDSNs(addr)[name])
			if err == nil || errors.Is(err, context.DeadlineExceeded) || sent.Load() > 64<<20 {
				t.Errorf("after %d bytes: %v", sent.Load(), err)
			}
		})
	}
}

// count asks a server once, and not for long.
func count(t testing.TB, dsn string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := doctrine.ParseDSN(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := doctrine.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Count(ctx)
	return err
}

// mysqlPacket is a packet of MySQL's protocol.
func mysqlPacket(sequence byte, payload string) string {
	size := len(payload)
	return string([]byte{byte(size), byte(size >> 8), byte(size >> 16), sequence}) + payload
}

// postgresMessage is a message of PostgreSQL's protocol.
func postgresMessage(kind byte, payload string) string {
	return string(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload)+4))) + payload
}

// FuzzServer has a database that says anything: an error comes of it, in time, and without the password.
func FuzzServer(f *testing.F) {
	greeting := mysqlPacket(0, "\x0a8.0.36\x00\x01\x00\x00\x00saltsalt\x00\xff\xf7\xff\x02\x00\xff\xdf\x15"+strings.Repeat("\x00", 10)+"saltsaltsalt\x00mysql_native_password\x00")
	const ok = "\x00\x00\x00\x02\x00\x00\x00"
	f.Add([]byte(greeting+mysqlPacket(2, ok)+mysqlPacket(1, ok)+mysqlPacket(1, "\x01")), true)
	f.Add([]byte(greeting+mysqlPacket(2, "\xfecaching_sha2_password\x00saltsaltsaltsaltsalt\x00")+mysqlPacket(4, "\x01\x04")), true)
	f.Add([]byte(greeting+mysqlPacket(2, "\xff\x15\x04#28000Access denied")), true)
	ready := postgresMessage('R', "\x00\x00\x00\x00") + postgresMessage('S', "server_version\x0016.1\x00") + postgresMessage('K', "\x00\x00\x00\x01\x00\x00\x00\x02") + postgresMessage('Z', "I")
	f.Add([]byte(ready+postgresMessage('I', "")+postgresMessage('Z', "I")), false)
	f.Add([]byte(ready+postgresMessage('1', "")+postgresMessage('2', "")+postgresMessage('T', "\x00\x01count\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x08\xff\xff\xff\xff\x00\x00")+postgresMessage('D', "\x00\x01\x00\x00\x00\x011")+postgresMessage('C', "SELECT 1\x00")+postgresMessage('Z', "I")), false)
	f.Add([]byte(postgresMessage('R', "\x00\x00\x00\x05salt")+ready), false)
	f.Add([]byte(postgresMessage('R', "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00")+postgresMessage('R', "\x00\x00\x00\x0br=x,s=eA==,i=1")), false)
	f.Add([]byte(postgresMessage('E', "SFATAL\x00C28P01\x00Mno\x00\x00")), false)
	f.Fuzz(func(t *testing.T, data []byte, mysql bool) {
		addr := hostile(t, func() func() []byte {
			left := data
			return func() []byte {
				text := left
				left = nil
				return text
			}
		})
		name := "PostgreSQL"
		if mysql {
			name = "MySQL"
		}
		began := time.Now()
		err := count(t, serverDSNs(addr)[name])
		if errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 50*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err != nil && (strings.Contains(err.Error(), "pa:ss") || strings.Contains(err.Error(), "pa%3Ass")) {
			t.Errorf("the error has the password: %v", err)
		}
	})
}
